/** A ClickHouse engine of the tests' own: a free port and a folder that is gone when it is closed. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { type ClickHouseAccess, prepareClickHouse } from './clickhouse.ts';
import { freePort } from './free-port.ts';
import { WatchedChild } from './watched-child.ts';

export interface TestClickHouse extends ClickHouseAccess {
  readonly folder: string;
  readonly pid: number;
  /** Ends it with SIGKILL; resolves when it serves again. */
  crash(): Promise<void>;
  close(): Promise<void>;
}

/** In `folder`, which is kept, or in one of its own. */
export async function startClickHouse(folder?: string): Promise<TestClickHouse> {
  const data = folder ?? (await mkdtemp(join(tmpdir(), 'picket-clickhouse-')));
  const { url, user, password, spec } = prepareClickHouse(data, await freePort());
  const child = await WatchedChild.start(spec, pino({ level: 'silent' }));
  return {
    url,
    user,
    password,
    folder: data,
    get pid() {
      return child.pid!;
    },
    async crash() {
      const up = new Promise<void>(resolve => child.once('up', () => resolve()));
      process.kill(child.pid!, 'SIGKILL');
      await up;
    },
    async close() {
      await child.close();
      if (folder === undefined) await rm(data, { recursive: true });
    },
  };
}
