/** What others changed, by LISTEN on a connection of its own that is made anew when it breaks. */

import pg from 'pg';
import type { Changes, Channel } from '../../ports/control-store.ts';
import { type ConnectionConfig, clientConfig } from './connection.ts';

type Told = (id: string | undefined) => void;

const channels: readonly Channel[] = ['alerts', 'commands', 'endpoints', 'sessions'];
const firstRetryMs = 200;
const lastRetryMs = 5_000;

export interface ClosableChanges extends Changes {
  /** Whether changes are told now; while not, nothing that was read may be kept. */
  connected(): boolean;
  close(): Promise<void>;
}

export function listenForChanges(config: ConnectionConfig): ClosableChanges {
  const listeners = new Map<Channel, Set<Told>>(channels.map(channel => [channel, new Set()]));
  const begun = Promise.withResolvers<void>();
  // Nobody may be waiting when it fails; who waits later still gets the rejection.
  begun.promise.catch(() => undefined);
  let client: pg.Client | undefined;
  let retry: NodeJS.Timeout | undefined;
  let retryMs = firstRetryMs;
  let connected = false;
  let missed = false;
  let closed = false;

  async function open(): Promise<void> {
    const opened = new pg.Client(clientConfig(config));
    client = opened;
    // A broken connection reports `error`, `end` or both.
    opened.on('error', () => again(opened));
    opened.on('end', () => again(opened));
    opened.on('notification', ({ channel, payload }) => {
      for (const told of listeners.get(channel as Channel) ?? []) told(payload ?? '');
    });
    try {
      await opened.connect();
      for (const channel of channels) await opened.query(`LISTEN ${channel}`);
    } catch (error) {
      config.onError?.(error as Error);
      again(opened);
      return;
    }
    if (client !== opened) return;
    retryMs = firstRetryMs;
    connected = true;
    begun.resolve();
    if (missed) for (const set of listeners.values()) for (const told of set) told(undefined);
    missed = false;
  }

  function again(broken: pg.Client): void {
    if (broken !== client || closed) return;
    client = undefined;
    connected = false;
    missed = true;
    // From now on changes are missed: who keeps a cache has to know now, not after the reconnection.
    for (const set of listeners.values()) for (const told of set) told(undefined);
    broken.end().catch(() => undefined);
    retry = setTimeout(() => {
      opening = open();
    }, retryMs);
    retryMs = Math.min(retryMs * 2, lastRetryMs);
  }

  let opening = open();
  return {
    listen(channel, told) {
      // Wrapped, so that the same function may listen twice and end once.
      const own: Told = id => told(id);
      listeners.get(channel)!.add(own);
      return () => listeners.get(channel)!.delete(own);
    },
    ready: () => begun.promise,
    connected: () => connected,
    async close() {
      closed = true;
      clearTimeout(retry);
      begun.reject(new Error('closed before listening began'));
      // Ending a connection that is being made would wait for ever now and then.
      await opening;
      await client?.end().catch(() => undefined);
    },
  };
}
