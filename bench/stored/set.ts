/** The events that a benchmark asks for: generated once, kept outside of the tree under a fingerprint of what makes them. */

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached } from '../../deploy/setup/cache.mjs';
import { fingerprint } from '../../deploy/setup/fingerprint.mjs';
import { connect, rows } from '../../services/adapters/clickhouse/connection.ts';
import { startClickHouse, type TestClickHouse } from '../../services/engines/clickhouse.fixture.ts';
import { derive, type Filled, generate, type Month, month } from './fill.ts';

/** What the stored bytes depend on. */
const sources = [
  'services/sql/events',
  'services/archive/native-block.ts',
  'services/archive/native-columns.ts',
  'proto/picket.proto',
  'bench/load/host.ts',
  'bench/load/columns.ts',
  'bench/load/random.ts',
  'bench/stored/fill.ts',
];

export interface EventSet {
  readonly month: Month;
  readonly clickhouse: TestClickHouse;
  readonly database: string;
  readonly folder: string;
  close(): Promise<void>;
}

/** Starts an engine over the set; makes the set first where there is none, and removes those that are out of date. */
export async function openEventSet(wanted: Month): Promise<EventSet> {
  const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
  const prefix = `bench-events-${wanted.events}-${wanted.generatedDays}-`;
  const folder = cached(`${prefix}${fingerprint(root, sources).slice(0, 16)}`);
  const cache = dirname(folder);
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const old = readdirSync(cache).filter(
    name => name.startsWith(prefix) && ![folder, `${folder}.new`].includes(join(cache, name)),
  );
  for (const name of old) rmSync(join(cache, name), { recursive: true });
  const database = 'picket';
  if (!existsSync(folder)) {
    const aside = `${folder}.new`;
    // An earlier run may have been ended: what it generated is gone on with once it was complete.
    const generated = join(aside, 'filled.json');
    if (!existsSync(generated)) rmSync(aside, { recursive: true, force: true });
    mkdirSync(aside, { recursive: true, mode: 0o700 });
    const clickhouse = await startClickHouse(aside);
    const server = { ...clickhouse, database };
    const progress = printedProgress();
    try {
      if (!existsSync(generated)) writeFileSync(generated, JSON.stringify(await generate(server, wanted, progress)));
      await derive(server, wanted, progress);
    } finally {
      await clickhouse.close();
    }
    renameSync(aside, folder);
  }
  const clickhouse = await startClickHouse(folder);
  return { month: wanted, clickhouse, database, folder, close: () => clickhouse.close() };
}

/** How fast a day of events is inserted, in an engine of its own: what a cached set took says how busy the machine was then. */
export async function measureInserts(events: number): Promise<Filled> {
  const clickhouse = await startClickHouse();
  try {
    const day = { ...month(events, 1), days: 1 };
    return await generate({ ...clickhouse, database: 'picket' }, day, printedProgress());
  } finally {
    await clickhouse.close();
  }
}

/** What the events take on the disk, the counts kept of them included. */
export async function sizes(set: EventSet) {
  const client = connect({ ...set.clickhouse, database: set.database });
  try {
    const tables = await rows<{ table_name: string; rows: string; bytes: string; parts: string }>(
      client,
      'SELECT * FROM table_sizes',
    );
    const of = (name: string) => tables.find(({ table_name }) => table_name === name)!;
    const events = Number(of('events').rows);
    const [table, counts] = [of('events').bytes, Number(of('event_hours').bytes) + Number(of('event_minutes').bytes)];
    const each = (bytes: number): number => Number((bytes / events).toFixed(2));
    return {
      events,
      parts: Number(of('events').parts),
      bytesPerEvent: each(Number(table) + counts),
      bytesOfKeptCounts: each(counts),
    };
  } finally {
    await client.close();
  }
}

function printedProgress(): (share: number) => void {
  let printed = 0;
  const began = performance.now();
  return share => {
    const now = performance.now();
    if (now - printed < 5_000 && share < 1) return;
    printed = now;
    const left = ((now - began) / 1000) * (1 / share - 1);
    process.stdout.write(`  generating events: ${(share * 100).toFixed(0)} %, ${left.toFixed(0)} s left\n`);
  };
}
