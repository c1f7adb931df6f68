/** Starts the embedded engines over one data folder, keeps them running, and ends them in order. */

import { EventEmitter } from 'node:events';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Logger } from 'pino';
import { type ClickHouseAccess, prepareClickHouse } from './clickhouse.ts';
import { lockFolder } from './folder-lock.ts';
import { freePorts } from './free-port.ts';
import { preparePostgres } from './postgres.ts';
import { openPassage } from './postgres-account.ts';
import { type ChildSpec, WatchedChild } from './watched-child.ts';

export type EngineName = 'postgres' | 'clickhouse';

export interface EnginesConfig {
  /** Made where it is not there. One server at a time uses it. */
  readonly dataFolder: string;
  /** Loopback ports; a free one each where none is given. They stay the same over restarts of an engine. */
  readonly postgresPort?: number;
  readonly clickhousePort?: number;
  readonly log: Logger;
}

export interface EngineEvents {
  /** An engine died; it is being started again, and connections to it are broken. */
  down: [engine: EngineName, reason: string];
  /** It serves again, at the same address. */
  up: [engine: EngineName, restarts: number];
}

export interface Engines {
  /** `postgres://user:password@127.0.0.1:port/database`. */
  readonly postgresUrl: string;
  readonly clickhouse: ClickHouseAccess;
  readonly events: EventEmitter<EngineEvents>;
  /** Process ids of the engines, for metrics; `undefined` while one is down. */
  pids(): Readonly<Record<EngineName, number | undefined>>;
  close(): Promise<void>;
}

/** Throws where the folder is in use by another server, or an engine does not come up (with its last words). */
export async function startEngines(config: EnginesConfig): Promise<Engines> {
  const dataFolder = resolve(config.dataFolder);
  mkdirSync(dataFolder, { recursive: true, mode: 0o711 });
  openPassage(dataFolder);
  const lock = lockFolder(dataFolder);
  const started: WatchedChild[] = [];
  const events = new EventEmitter<EngineEvents>();
  const start = async (spec: ChildSpec & { readonly name: string }, name: EngineName): Promise<WatchedChild> => {
    const child = await WatchedChild.start(spec, config.log);
    started.push(child);
    child.on('down', reason => events.emit('down', name, reason));
    child.on('up', restarts => events.emit('up', name, restarts));
    return child;
  };
  const close = async (): Promise<void> => {
    await Promise.all(started.map(child => child.close()));
    lock.release();
  };
  try {
    const [free, another] = await freePorts(2);
    const clickhouse = prepareClickHouse(dataFolder, config.clickhousePort ?? free!);
    const postgres = await preparePostgres(dataFolder, config.postgresPort ?? another!);
    const outcomes = await Promise.allSettled([start(postgres.spec, 'postgres'), start(clickhouse.spec, 'clickhouse')]);
    const failed = outcomes.find(outcome => outcome.status === 'rejected');
    if (failed) throw failed.reason;
    const [postgresChild, clickhouseChild] = outcomes.map(
      outcome => (outcome as PromiseFulfilledResult<WatchedChild>).value,
    );
    return {
      postgresUrl: postgres.url,
      clickhouse: { url: clickhouse.url, user: clickhouse.user, password: clickhouse.password },
      events,
      pids: () => ({ postgres: postgresChild!.pid, clickhouse: clickhouseChild!.pid }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
