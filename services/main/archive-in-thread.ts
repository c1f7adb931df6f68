/**
 * The archive of the server in one process, in a thread of its own: decoding and writing blocks is a quarter of what the
 * server computes for an event, and its main thread was what bounded events a second.
 */

import { MessageChannel, Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { serveBus } from '../adapters/channel-bus/channel-bus.ts';
import { Remote } from '../adapters/channel-bus/remote.ts';
import type { ClickHouseServer } from '../adapters/clickhouse/connection.ts';
import type { ArchiveConfig } from '../archive/run.ts';
import type { Bus } from '../ports/bus.ts';
import type { ArchiveThread, ArchiveThreadData } from './archive-thread.ts';

export interface RunningThread {
  /** In Prometheus' text format. */
  metrics(): Promise<string>;
  close(): Promise<void>;
}

/** Resolves when it has begun. An error that nobody caught in it is one of the process. */
export async function startArchiveThread(
  config: ArchiveConfig,
  { bus, clickhouse, log }: { readonly bus: Bus; readonly clickhouse: ClickHouseServer; readonly log: Logger },
): Promise<RunningThread> {
  const [busChannel, controlChannel] = [new MessageChannel(), new MessageChannel()];
  serveBus(busChannel.port1, bus);
  const workerData: ArchiveThreadData = {
    config,
    clickhouse,
    log: { name: String(log.bindings()['name']), level: log.level },
    bus: busChannel.port2,
    control: controlChannel.port2,
  };
  const worker = new Worker(new URL('./archive-thread.ts', import.meta.url), {
    name: 'archive',
    workerData,
    transferList: [busChannel.port2, controlChannel.port2],
  });
  worker.on('error', error => {
    throw error;
  });
  const thread = new Remote<ArchiveThread>(controlChannel.port1, {});
  await thread.call('begun');
  return {
    metrics: () => thread.call('metrics'),
    async close() {
      await thread.call('close');
      await worker.terminate();
    },
  };
}
