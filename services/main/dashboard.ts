/** The dashboard as a child of the server: its own process, kept running, ended before the API that it talks to. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { keptSecret } from '../engines/secret.ts';
import { type ChildSpec, WatchedChild } from '../engines/watched-child.ts';

export interface DashboardConfig {
  readonly dataFolder: string;
  readonly address: string;
  readonly port: number;
  readonly apiUrl: string;
  /** What people type to reach it. */
  readonly publicUrl: string | undefined;
}

const program = fileURLToPath(import.meta.resolve('../../dashboard/start.ts'));
const built = fileURLToPath(import.meta.resolve('../../dashboard/.next/standalone'));

/** `undefined` where it has not been built: the server is of use without it. */
export async function startDashboard(config: DashboardConfig, log: Logger): Promise<WatchedChild | undefined> {
  if (!dashboardBuilt()) {
    log.warn('the dashboard has not been built, and does not run: npm run build -w @picket/dashboard');
    return undefined;
  }
  return WatchedChild.start(dashboardSpec(config), log);
}

export const dashboardBuilt = (): boolean => existsSync(built);

export function dashboardSpec(config: DashboardConfig): ChildSpec {
  const probe = `http://${config.address === '0.0.0.0' ? '127.0.0.1' : config.address}:${config.port}/icon.svg`;
  return {
    name: 'dashboard',
    command: process.execPath,
    arguments: ['--max-old-space-size=192', program],
    env: {
      PATH: '/usr/bin:/bin',
      NODE_ENV: 'production',
      PORT: String(config.port),
      PICKET_DASHBOARD_ADDRESS: config.address,
      PICKET_API_URL: config.apiUrl,
      NEXTAUTH_SECRET: keptSecret(join(config.dataFolder, 'dashboard.secret')),
      ...(config.publicUrl === undefined ? {} : { NEXTAUTH_URL: config.publicUrl }),
    },
    cwd: fileURLToPath(import.meta.resolve('../../dashboard/')),
    account: undefined,
    message: undefined,
    identityFile: join(config.dataFolder, 'dashboard.pid'),
    stopSignal: 'SIGTERM',
    stopPatienceMs: 5_000,
    ready: () => answers(probe, 2_000),
    readyPatienceMs: 60_000,
    answers: () => answers(probe, 10_000),
    askEveryMs: 10_000,
    silencesBeforeKill: 4,
    level: line => (/error/i.test(line) ? 'error' : 'debug'),
    // Left alone it would keep the port, and have no API to talk to.
    orphanSignal: 'SIGTERM',
  };
}

/** Any answer will do. */
async function answers(url: string, patienceMs: number): Promise<boolean> {
  try {
    await fetch(url, { signal: AbortSignal.timeout(patienceMs) });
    return true;
  } catch {
    return false;
  }
}
