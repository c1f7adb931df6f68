/** The real server, as `npm start` runs it, in a data folder and on ports of its own. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { logIn } from './api.ts';
import type { System } from './system.ts';

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
    lag: async () => {
      const metrics = await metricsOf(ingressUrl);
      return lagOf(metrics, 'archive') + lagOf(metrics, 'analysis');
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Values of a /metrics by their full name with labels. */
export async function metricsOf(url: string): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const samples = text.matchAll(/^([a-z_]+(?:\{.*\})?) (\S+)$/gm);
  return new Map([...samples].map(([, name, value]) => [name!, Number(value)]));
}

const lagOf = (metrics: ReadonlyMap<string, number>, group: string) =>
  metrics.get(`picket_bus_lag_messages{group="events/${group}"}`) ?? Number.NaN;

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

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map(server => once(server, 'listening')));
  const ports = servers.map(server => (server.address() as { port: number }).port);
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))));
  return ports;
}
