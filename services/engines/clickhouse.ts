/** The ClickHouse engine as an embedded engine: our HTTP front over npm's chdb, over `<data>/clickhouse`, on loopback. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FrontOrder } from './clickhouse-front.ts';
import { lanes } from './front/lanes.ts';
import { keptSecret } from './secret.ts';
import type { ChildSpec } from './watched-child.ts';

/** Bodies of inserts are written and packed ones unpacked on the same pool that statements run on. */
const threadsForFiles = 2;

/** Compiled by the set-up where there is a C compiler. */
const writeGuard = fileURLToPath(import.meta.resolve('./front/build/write-guard.so'));

export interface ClickHouseAccess {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

export interface ClickHouseEngine extends ClickHouseAccess {
  readonly spec: ChildSpec;
}

export function prepareClickHouse(dataFolder: string, port: number): ClickHouseEngine {
  const url = `http://127.0.0.1:${port}`;
  const user = 'picket';
  const password = keptSecret(join(dataFolder, 'clickhouse.password'));
  const order: FrontOrder = { folder: join(dataFolder, 'clickhouse'), port, user, password };
  return {
    url,
    user,
    password,
    spec: {
      name: 'clickhouse',
      command: process.execPath,
      arguments: ['--max-old-space-size=256', fileURLToPath(import.meta.resolve('./clickhouse-front.ts'))],
      env: {
        PATH: '/usr/bin:/bin',
        TZ: 'UTC',
        ...(existsSync(writeGuard) && { LD_PRELOAD: writeGuard }),
        UV_THREADPOOL_SIZE: String(Object.values(lanes).reduce<number>((sum, places) => sum + places, threadsForFiles)),
      },
      cwd: dataFolder,
      account: undefined,
      message: order,
      dataFolder: order.folder,
      identityFile: join(dataFolder, 'clickhouse.pid'),
      stopSignal: 'SIGTERM',
      stopPatienceMs: 20_000,
      ready: () => pings(url, 2_000),
      readyPatienceMs: 120_000,
      answers: () => pings(url, 10_000),
      askEveryMs: 10_000,
      silencesBeforeKill: 4,
      level: line => (/warning/i.test(line) ? 'debug' : 'warn'),
    },
  };
}

async function pings(url: string, patienceMs: number): Promise<boolean> {
  try {
    return (await fetch(`${url}/ping`, { signal: AbortSignal.timeout(patienceMs) })).ok;
  } catch {
    return false;
  }
}
