/** The events that a benchmark asks for: generated once, kept outside of the tree under a fingerprint of what makes them. */

import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached } from '../../deploy/setup/cache.mjs';
import { fingerprint } from '../../deploy/setup/fingerprint.mjs';
import { startClickHouse, type TestClickHouse } from '../../services/engines/clickhouse.fixture.ts';
import { type Filled, fill, type Month } from './fill.ts';

/** What the stored bytes depend on. */
const sources = [
  'services/sql/events',
  'services/archive/native-block.ts',
  'services/archive/native-columns.ts',
  'services/domain/events',
  'proto/picket.proto',
  'bench/load',
  'bench/stored/fill.ts',
];

export interface EventSet {
  readonly month: Month;
  readonly clickhouse: TestClickHouse;
  readonly database: string;
  readonly folder: string;
  readonly filled: Filled;
  close(): Promise<void>;
}

/** Starts an engine over the set; makes the set first where there is none, and removes those that are out of date. */
export async function openEventSet(month: Month): Promise<EventSet> {
  const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
  const prefix = `bench-events-${month.events}-${month.generatedDays}-`;
  const folder = cached(`${prefix}${fingerprint(root, sources).slice(0, 16)}`);
  const cache = dirname(folder);
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const old = readdirSync(cache).filter(name => name.startsWith(prefix) && join(cache, name) !== folder);
  for (const name of old) rmSync(join(cache, name), { recursive: true });
  const database = 'picket';
  if (!existsSync(folder)) {
    const aside = `${folder}.new`;
    mkdirSync(aside, { mode: 0o700 });
    const clickhouse = await startClickHouse(aside);
    try {
      const filled = await fill({ ...clickhouse, database }, month, printedProgress());
      writeFileSync(join(aside, 'filled.json'), JSON.stringify(filled));
    } finally {
      await clickhouse.close();
    }
    renameSync(aside, folder);
  }
  const clickhouse = await startClickHouse(folder);
  const filled = JSON.parse(readFileSync(join(folder, 'filled.json'), 'utf8')) as Filled;
  return { month, clickhouse, database, folder, filled, close: () => clickhouse.close() };
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
