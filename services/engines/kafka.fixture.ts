/** A Kafka broker of the tests' own: free ports and a folder that is gone when it is closed. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { kafkaJars } from '../../deploy/setup/kafka.mjs';
import { freePort } from './free-port.ts';
import { prepareKafka } from './kafka.ts';
import { WatchedChild } from './watched-child.ts';

export interface TestKafka {
  /** `kafka://127.0.0.1:port`. */
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  readonly pid: number;
  /** Ends it with SIGKILL; resolves when it serves again, at the same address. */
  crash(): Promise<void>;
  /** Ends it in order, and it stays away until `start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Tests wait for no group to gather, and a member that is gone is missed soon. */
const impatient = { 'group.initial.rebalance.delay.ms': '0', 'group.min.session.timeout.ms': '1000' };

/** In `folder`, which is kept, or in one of its own. */
export async function startKafka(
  options: { readonly folder?: string; readonly properties?: Readonly<Record<string, string>> } = {},
): Promise<TestKafka> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'picket-kafka-')));
  const port = await freePort();
  const { url, spec } = await prepareKafka({
    dataFolder: folder,
    jars: kafkaJars(),
    port,
    controllerPort: await freePort(),
    properties: { ...impatient, ...options.properties },
  });
  // The whole of the JIT is not worth its start in a broker that lives for seconds.
  const quick = { ...spec, arguments: ['-XX:TieredStopAtLevel=1', ...spec.arguments] };
  const start = () => WatchedChild.start(quick, pino({ level: 'silent' }));
  let child = await start();
  return {
    url,
    port,
    folder,
    get pid() {
      return child.pid!;
    },
    async crash() {
      const up = new Promise<void>(resolve => child.once('up', () => resolve()));
      process.kill(child.pid!, 'SIGKILL');
      await up;
    },
    stop: () => child.close(),
    async start() {
      child = await start();
    },
    async close() {
      await child.close();
      if (options.folder === undefined) await rm(folder, { recursive: true });
    },
  };
}
