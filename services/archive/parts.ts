/**
 * How the event store keeps up with what it is given, for Prometheus: each block makes parts, which it merges in the background. Where a
 * partition has a thousand of them it delays inserts, and refuses them later (parts_to_delay_insert, parts_to_throw_insert).
 */

import { Gauge, type Registry } from 'prom-client';
import type { z } from 'zod';
import type { EventStore } from '../ports/event-store.ts';
import { tableParts } from '../queries/events/parts.ts';

/** A scrape does not wait longer for a store that is away; the numbers are then absent. */
const patienceMs = 3_000;

const gauges = {
  parts: ['parts', 'Active parts of a table of the event store'],
  fullest: ['partition_parts_max', 'Active parts of the partition of a table that has most of them'],
  bytes: ['bytes', 'Bytes on disk of a table of the event store'],
  merging: ['merges', 'Merges of a table of the event store that run'],
} as const;

type TableParts = z.output<typeof tableParts.row>;

export function measureParts(store: Pick<EventStore, 'query'>, registry: Registry): void {
  let looking: Promise<readonly TableParts[]> | undefined;
  const look = (): Promise<readonly TableParts[]> =>
    store.query(tableParts, {}, AbortSignal.timeout(patienceMs)).catch(() => []);
  // All of them are collected at the same time, from one look.
  const shared = () => (looking ??= look().finally(() => (looking = undefined)));
  for (const [of, [name, help]] of Object.entries(gauges)) {
    new Gauge({
      name: `picket_event_store_${name}`,
      help: `${help}; absent while it does not answer`,
      labelNames: ['table'],
      registers: [registry],
      async collect() {
        const tables = await shared();
        this.reset();
        for (const row of tables) this.set({ table: row.table }, row[of as keyof typeof gauges]);
      },
    });
  }
}
