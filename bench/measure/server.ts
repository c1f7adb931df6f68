/** The real server, as `npm start` runs it, in a data folder and on ports of its own. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { logIn } from './api.ts';
import { freePorts } from './free-ports.ts';
import { busLag, type System } from './system.ts';

const program = fileURLToPath(import.meta.resolve('../../services/main/all-in-one.ts'));

/** Starts it over an empty folder, logs in as its first admin. Its log is `folder/server.log`. */
export async function startServer(folder: string): Promise<System> {
  const [ingress, dashboard, api] = await freePorts(3);
  const child = fork(program, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      ...process.env,
      NODE_ENV: 'production',
      PICKET_DATA: folder,
      PICKET_LISTEN: '127.0.0.1',
      PICKET_INGRESS_PORT: String(ingress),
      PICKET_DASHBOARD_PORT: String(dashboard),
      PICKET_API_PORT: String(api),
      PICKET_API_REQUESTS_PER_MINUTE: '1000000',
    },
  });
  const log = createWriteStream(join(folder, 'server.log'));
  child.stdout!.pipe(log);
  child.stderr!.pipe(log);
  const firstAdmin = await ready(child, folder);
  const ingressUrl = `http://127.0.0.1:${ingress}`;
  return {
    pid: child.pid!,
    receiver: { url: ingressUrl },
    api: await logIn(`http://127.0.0.1:${api}`, firstAdmin),
    lag: () => busLag(ingressUrl),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

interface FirstAdmin {
  readonly email: string;
  readonly password: string;
}

function ready(child: ChildProcess, folder: string): Promise<FirstAdmin> {
  return new Promise((resolve, reject) => {
    child.on('message', (message: { type: string; firstAdmin?: FirstAdmin }) => {
      if (message.type === 'ready') resolve(message.firstAdmin!);
    });
    child.once('exit', code =>
      reject(new Error(`The server ended with ${code} before it was ready; its log: ${join(folder, 'server.log')}`)),
    );
  });
}
