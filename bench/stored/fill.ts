/**
 * Events of a month of several hundred hosts, the same in every run: made by the generator that loads the server, written
 * by the archive's own code, day by day, each day merged as it would be a day later. Of a large set only the first days
 * are made so; the engine derives the others from them: same hosts, other times and processes.
 */

import { createHash } from 'node:crypto';
import { EventBatch } from '@picket/proto';
import pino from 'pino';
import { type ClickHouseServer, connect, rows } from '../../services/adapters/clickhouse/connection.ts';
import { openEventStore } from '../../services/adapters/clickhouse/event-store.ts';
import { setRetention } from '../../services/adapters/clickhouse/retention.ts';
import { eventMigrations, migrateClickHouse } from '../../services/adapters/migrations.ts';
import { EventBlock } from '../../services/archive/native-block.ts';
import { decodeBatch } from '../../services/domain/events/batch.ts';
import { SyntheticHost } from '../load/host.ts';

const dayMicros = 86_400_000_000;

export interface Month {
  readonly events: number;
  readonly hosts: number;
  readonly days: number;
  /** How many of the days are generated; each of the others is derived from one of them. */
  readonly generatedDays: number;
  /** Micros: when the last day ends. It is always the same month: what is kept in a cache stays what it is. */
  readonly end: number;
}

export const month = (events: number, generatedDays: number): Month => ({
  events,
  generatedDays,
  hosts: Math.max(1, Math.min(400, Math.round(events / 30_000))),
  days: 30,
  end: Date.UTC(2026, 9, 31) * 1000,
});

export interface Filled {
  /** Events inserted in a second, generator and archive's code and engine on the same cores. */
  readonly eventsPerSecond: number;
  /** The same, of the time that inserts took. */
  readonly insertsPerSecond: number;
}

/** A UUID that is the same for the same name. */
export function uuidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export const endpointOf = (host: number): string => uuidOf(`endpoint ${host}`);

/** An executable's hash, which generated events do not have: programs come in five versions, and a host has one of them. */
const hashOfProgram = 'SHA256(concat(exe, toString(sipHash64(endpoint_id) % 5)))';

/** The events of a day, `days` later, in the order in which its one part has them. Programs that ran then run again as other processes; daemons are the same ones. */
function derived(inDay: string, days: number, eventsOfAHost: number): string {
  const [pids, ticks] = [days * eventsOfAHost, days * 8_640_000];
  const later = (value: string, by: number, of: string) => `if(${of} >= 5000, ${value} + ${by}, ${value}) AS ${value}`;
  return `INSERT INTO events SELECT * REPLACE (
      time + INTERVAL ${days} DAY AS time, ${hashOfProgram} AS exe_hash,
      sequence + ${days * eventsOfAHost} AS sequence,
      ${later('start_ticks', ticks, 'e.pid')}, ${later('pid', pids, 'e.pid')},
      ${later('parent_ticks', ticks, 'e.parent_pid')}, ${later('parent_pid', pids, 'e.parent_pid')},
      if(kind = 'process.forked', number + ${pids}, number) AS number
    ) FROM events AS e WHERE toDate(e.time) = '${inDay}'`;
}

const rowsOfABlock = 250_000;

/** A day of the set takes minutes on a machine that does something else besides. */
const patienceMs = 3_600_000;

const dayOf = (time: number): string => new Date(time / 1000).toISOString().slice(0, 10);

/** Days that were stored and merged before the filling was ended, by their names. */
async function daysStored(server: ClickHouseServer, eventsOfADay: number): Promise<Set<string>> {
  const client = connect(server);
  const parts = await rows<{ day: string }>(
    client,
    `SELECT partition AS day FROM system.parts WHERE active AND database = currentDatabase() AND table = 'events'
     GROUP BY day HAVING count() = 1 AND sum(rows) = {eventsOfADay:UInt64}`,
    { eventsOfADay },
  );
  await client.close();
  return new Set(parts.map(({ day }) => day));
}

const eventsOfAHost = ({ events, hosts, days }: Month): number => Math.round(events / hosts / days);

const eveningOf = ({ end, days }: Month, day: number): number => end - (days - 1 - day) * dayMicros;

/** Told the share of the events that is stored. */
export type Progress = (share: number) => void;

/** Fills an empty database with the days that are generated. */
export async function generate(server: ClickHouseServer, month: Month, progress: Progress): Promise<Filled> {
  await migrateClickHouse(server, eventMigrations(), pino({ level: 'silent' }));
  await setRetention(server, 3_650);
  const client = connect(server, patienceMs);
  const store = openEventStore(server);
  const perHostAndDay = eventsOfAHost(month);
  const pace = dayMicros / perHostAndDay;
  const fleet = Array.from({ length: month.hosts }, (_, host) => {
    const stream = uuidOf(`stream ${host}`).slice(-12).padStart(16, '0');
    return new SyntheticHost({
      endpoint: endpointOf(host),
      boot: uuidOf(`boot ${host}`),
      stream,
      seed: host + 1,
      pace,
    });
  });
  const block = new EventBlock();
  let stored = 0;
  let insertMs = 0;
  let inserting = Promise.resolve();
  let merging = Promise.resolve();
  const cut = async () => {
    const added = block.rows;
    const bytes = block.bytes();
    block.clear();
    await inserting;
    inserting = (async () => {
      const begun = performance.now();
      await store.insert('events', block.columnNames, bytes, `rows from ${stored}`);
      insertMs += performance.now() - begun;
      stored += added;
      progress(stored / (perHostAndDay * month.hosts * month.days));
    })();
  };
  const began = performance.now();
  for (let day = 0; day < month.generatedDays; day++) {
    const evening = eveningOf(month, day);
    for (const host of fleet) {
      const decoded = decodeBatch(EventBatch.encode(host.batch(perHostAndDay, evening - 1)).finish());
      if (!decoded.ok) throw new Error(decoded.detail);
      block.append(decoded.batch, 0, { earliest: evening - dayMicros, latest: evening - 1 });
      if (block.rows >= rowsOfABlock) await cut();
    }
    if (block.rows > 0) await cut();
    await inserting;
    await merging;
    merging = merge(client, dayOf(evening - 1));
  }
  await merging;
  const seconds = (performance.now() - began) / 1000;
  await Promise.all([client.close(), store.close()]);
  return { eventsPerSecond: Math.round(stored / seconds), insertsPerSecond: Math.round((stored / insertMs) * 1000) };
}

/** Adds the days that are derived, but for those that are there from a call that was ended. */
export async function derive(server: ClickHouseServer, month: Month, progress: Progress): Promise<void> {
  const client = connect(server, patienceMs);
  const perHost = eventsOfAHost(month);
  const stored = await daysStored(server, perHost * month.hosts);
  for (let day = month.generatedDays; day < month.days; day++) {
    const name = dayOf(eveningOf(month, day) - 1);
    if (!stored.has(name)) {
      await onEachTable(client, table => `ALTER TABLE ${table} DROP PARTITION '${name}'`);
      const from = day % month.generatedDays;
      await client.command({
        query: derived(dayOf(eveningOf(month, from) - 1), day - from, perHost),
        clickhouse_settings: {
          ...patient,
          max_threads: 1,
          max_insert_threads: '1',
          max_memory_usage: '650000000',
          min_insert_block_size_rows: '250000',
          min_insert_block_size_bytes: '0',
          insert_deduplicate: 0,
        },
      });
      await merge(client, name);
    }
    progress((day + 1) / month.days);
  }
  await client.close();
}

type Client = ReturnType<typeof connect>;
const patient = { max_execution_time: patienceMs / 1000 };

async function onEachTable(client: Client, statement: (table: string) => string): Promise<void> {
  for (const table of ['events', 'event_hours', 'event_minutes']) {
    await client.command({ query: statement(table), clickhouse_settings: patient });
  }
}

const merge = (client: Client, day: string): Promise<void> =>
  onEachTable(client, table => `OPTIMIZE TABLE ${table} PARTITION '${day}' FINAL`);
