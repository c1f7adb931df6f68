/** The archive in a thread of the server: what startArchiveThread (archive-in-thread.ts) starts. */

import { type MessagePort, workerData } from 'node:worker_threads';
import pino from 'pino';
import { Registry } from 'prom-client';
import { openChannelBus } from '../adapters/channel-bus/channel-bus.ts';
import { Remote } from '../adapters/channel-bus/remote.ts';
import type { ClickHouseServer } from '../adapters/clickhouse/connection.ts';
import { openEventStore } from '../adapters/clickhouse/event-store.ts';
import { plainDecoder } from '../adapters/decoder/decoder.ts';
import { type ArchiveConfig, runArchive } from '../archive/run.ts';
import { giveWay } from '../engines/give-way.ts';
import { archiveQueryLimits } from '../ports/event-store.ts';
import { logOutput } from './log-output.ts';

export interface ArchiveThreadData {
  readonly config: ArchiveConfig;
  readonly clickhouse: ClickHouseServer;
  readonly log: { readonly name: string; readonly level: string };
  /** The bus, which the server's main thread has open. */
  readonly bus: MessagePort;
  readonly control: MessagePort;
}

export type ArchiveThread = {
  /** Resolves when the archive has begun. */
  begun(): Promise<void>;
  metrics(): Promise<string>;
  close(): Promise<void>;
};

giveWay();
const data = workerData as ArchiveThreadData;
const metrics = new Registry();
const store = openEventStore(data.clickhouse, archiveQueryLimits);
const bus = openChannelBus(data.bus);
const beginning = runArchive(data.config, {
  bus,
  decoder: plainDecoder(),
  store,
  log: pino(data.log, logOutput()),
  metrics,
});

const control = new Remote(data.control, {
  begun: async () => void (await beginning),
  metrics: () => metrics.metrics(),
  async close() {
    await (await beginning).close();
    await bus.close();
    await store.close();
  },
} satisfies ArchiveThread);

// The server's main thread has gone or closed this end.
data.control.once('close', () => control.close());
