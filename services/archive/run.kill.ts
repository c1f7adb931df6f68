/**
 * The archive alone in a process, for a test that freezes it: `node run.kill.ts kafka://HOST:PORT/PREFIX CLICKHOUSE`, the latter as JSON.
 * It tells its parent of each claim. Told `freeze`, it says `frozen` and stops itself by SIGSTOP, right before it inserts the next block that
 * it found to be its own. SIGTERM ends it in order.
 */

import { pino } from 'pino';
import { Registry } from 'prom-client';
import { openEventStore } from '../adapters/clickhouse/event-store.ts';
import { plainDecoder } from '../adapters/decoder/decoder.ts';
import { KafkaBus } from '../adapters/kafka-bus/kafka-bus.ts';
import { runArchive } from './run.ts';

const [place, clickhouse] = process.argv.slice(2) as [string, string];
const { host, pathname } = new URL(place);
const log = pino({ level: 'fatal' }, process.stderr);
const config = { brokers: [host], prefix: pathname.slice(1), partitions: 4, replication: 1, sessionMillis: 6_000 };
const bus = await KafkaBus.open(config, log);
const store = openEventStore(JSON.parse(clickhouse));
const tell = (word: string) => new Promise<void>(told => process.send!(word, () => told()));
let freezes = false;
process.on('message', () => {
  freezes = true;
});
const watched: typeof store = {
  ...store,
  async insert(table, columns, native, token) {
    if (table === 'events' && freezes) {
      freezes = false;
      await tell('frozen');
      process.kill(process.pid, 'SIGSTOP');
    }
    await store.insert(table, columns, native, token);
    if (table === 'archive_owners') await tell(token);
  },
};
// Small blocks: there is always one about to be written.
const archive = await runArchive(
  { maxRows: 50, waitMs: 20, maxWaitMs: 20, retentionDays: 20, closePatienceMs: 10_000 },
  { bus, decoder: plainDecoder(), store: watched, log, metrics: new Registry() },
);

process.once('SIGTERM', async () => {
  await archive.close();
  await bus.close();
  await store.close();
  process.disconnect();
});
