/** The whole cluster on this machine, as `npm run cluster` runs it, in a data folder and on ports of its own. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { logIn } from './api.ts';
import { freePorts } from './free-ports.ts';
import { busLag, type System } from './system.ts';

const program = fileURLToPath(import.meta.resolve('../../deploy/cluster/main.ts'));
/** Every simulated endpoint has the same address, and so has who adds them; edge and API count by address. */
const environment = { PICKET_EDGE_INGRESS_RATE: '1000000', PICKET_API_REQUESTS_PER_MINUTE: '1000000' };

interface Part {
  readonly name: string;
  readonly url?: string;
}

/** Starts it over an empty folder, logs in as its first admin. The logs of its parts are in `folder/log`. */
export async function startCluster(folder: string): Promise<System> {
  const [https, http, dashboard, ingress] = await freePorts(4);
  const ports = { https, http, dashboard, ingress };
  const child = fork(
    program,
    [
      ...['--data', folder, '--host', '127.0.0.1', '--listen', '127.0.0.1', '--no-dashboard'],
      ...Object.entries(ports).flatMap(([door, port]) => [`--${door}-port`, String(port)]),
    ],
    { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env: { ...process.env, ...environment } },
  );
  let output = '';
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding('utf8').on('data', text => {
        output += text;
        if (output.includes('Ctrl-C stops everything')) resolve();
      });
    }
    child.once('exit', code => reject(new Error(`The cluster ended with ${code} before it was ready:\n${output}`)));
  });
  const [, email = '', password = ''] = /First login\s+(\S+)\s+password (\S+)/.exec(output) ?? [];
  const ca = readFileSync(join(folder, 'edge', 'ca.pem'), 'utf8');
  setDefaultCACertificates([...getCACertificates('default'), ca]);
  child.send({ id: 1, do: 'parts' });
  const [{ result: parts }] = (await once(child, 'message')) as [{ result: Part[] }];
  const inner = parts.find(({ name }) => name === 'ingress-1')!.url!;
  return {
    pid: child.pid!,
    receiver: { url: `https://127.0.0.1:${ingress}`, ca },
    api: await logIn(`https://127.0.0.1:${https}`, { email, password }),
    lag: () => busLag(inner),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGINT');
      await ended;
    },
  };
}
