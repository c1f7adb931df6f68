/**
 * How far each stream is archived, kept in the event store itself (services/sql/events/0002_archive_watermarks.sql).
 *
 * A plan is written before its block is inserted. After a crash the newest plan may or may not have become a block:
 * the archive reads the same messages again, from the same watermarks, and inserts with the same token, which the
 * store takes once. So it does not matter where between the two writes the crash came. Where the bus does not hold them
 * any more (redo.ts), what it holds is read from the beginning, and the events themselves say how far they are stored.
 */

import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Batch } from '../domain/events/batch.ts';
import type { EventStore, Query } from '../ports/event-store.ts';
import { IntegerColumn, nativeBlock, WordsColumn } from './native-columns.ts';

/** `endpoint/stream`. */
export type StreamName = `${string}/${string}`;

export const streamName = (batch: Batch): StreamName => `${batch.endpoint}/${batch.stream}`;

/** Next sequence number expected of a stream, before a block and after it. */
export interface Step {
  readonly before: number;
  readonly after: number;
}

/** What is about to be inserted: which messages, and from where to where they take each stream. */
export interface Plan {
  readonly partition: number;
  /** Grows with each block of the partition. */
  readonly block: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly streams: ReadonlyMap<StreamName, Step>;
}

/** The same for the same messages and watermarks; another where the bus began anew and gives offsets again. */
export function tokenOf({ partition, firstOffset, lastOffset, streams }: Plan): string {
  const steps = [...streams].map(([stream, { before, after }]) => `${stream}:${before}-${after}`).sort();
  const digest = createHash('sha256').update(steps.join('\n')).digest('hex').slice(0, 32);
  return `${partition}/${firstOffset}-${lastOffset}/${digest}`;
}

export async function writePlan(store: EventStore, plan: Plan): Promise<void> {
  const rows = plan.streams.size;
  const partition = new IntegerColumn('UInt32');
  const endpoint = new WordsColumn('UUID');
  const number = () => new WordsColumn('UInt64');
  const [stream, block, first, last, before, after] = [number(), number(), number(), number(), number(), number()];
  const columns = [
    ['partition', partition],
    ['endpoint_id', endpoint],
    ['stream', stream],
    ['block', block],
    ['first_offset', first],
    ['last_offset', last],
    ['before', before],
    ['after', after],
  ] as const;
  for (const [, column] of columns) column.reserve(rows);
  let row = 0;
  for (const [name, step] of plan.streams) {
    const [endpointId, streamId] = name.split('/') as [string, string];
    partition.values[row] = plan.partition;
    endpoint.setUuid(row, Buffer.from(endpointId.replaceAll('-', ''), 'hex'));
    stream.setBigEndian(row, Buffer.from(streamId, 'hex'));
    block.setNumber(row, plan.block);
    first.setNumber(row, plan.firstOffset);
    last.setNumber(row, plan.lastOffset);
    before.setNumber(row, step.before);
    after.setNumber(row, step.after);
    row++;
  }
  const names = columns.map(([name]) => name);
  await store.insert('archive_watermarks', names, nativeBlock(columns, rows), `plan/${plan.block}/${tokenOf(plan)}`);
}

const partitionParameters = z.object({ partition: z.number() });
const int64 = z.string().transform(Number);
const watermarkRow = z.object({
  endpoint_id: z.string(),
  stream: z.string().transform(stream => BigInt(stream).toString(16).padStart(16, '0')),
  newest_block: int64,
  first: int64,
  last: int64,
  before_block: int64,
  after_block: int64,
});

const watermarks: Query<typeof partitionParameters, typeof watermarkRow> = {
  name: 'archive-watermarks',
  sql: `SELECT endpoint_id, stream, max(block) AS newest_block,
               argMax(first_offset, block) AS first, argMax(last_offset, block) AS last,
               argMax(before, block) AS before_block, argMax(after, block) AS after_block
        FROM archive_plans WHERE partition = {partition:UInt32} GROUP BY endpoint_id, stream`,
  parameters: partitionParameters,
  row: watermarkRow,
};

export interface Archived {
  /** Next sequence number expected of each stream, after the newest plan. */
  readonly next: Map<StreamName, number>;
  /** The newest plan: it may have become a block or not. */
  readonly newest: Plan | undefined;
  /** How far the streams of that plan are stored, where it will not be done again. */
  readonly settled?: ReadonlyMap<StreamName, number>;
}

export async function readArchived(store: EventStore, partition: number, signal: AbortSignal): Promise<Archived> {
  const rows = await store.query(watermarks, { partition }, signal);
  const block = rows.reduce((newest, row) => Math.max(newest, row.newest_block), 0);
  const name = (row: (typeof rows)[number]): StreamName => `${row.endpoint_id}/${row.stream}`;
  const planned = rows.filter(row => row.newest_block === block);
  return {
    next: new Map(rows.map(row => [name(row), row.after_block])),
    newest: planned[0] && {
      partition,
      block,
      firstOffset: planned[0].first,
      lastOffset: planned[0].last,
      streams: new Map(planned.map(row => [name(row), { before: row.before_block, after: row.after_block }])),
    },
  };
}

const planParameters = z.object({ partition: z.number(), block: z.number() });
const storedRow = z.object({ endpoint_id: z.string(), stream: watermarkRow.shape.stream, next: int64 });

/** GLOBAL: of a cluster each shard is asked about the same streams. */
const stored: Query<typeof planParameters, typeof storedRow> = {
  name: 'archive-stored',
  sql: `SELECT endpoint_id, stream, max(sequence) + 1 AS next FROM events
        WHERE (endpoint_id, stream) GLOBAL IN (
          SELECT endpoint_id, stream FROM archive_plans WHERE partition = {partition:UInt32} AND block = {block:UInt64}
        ) GROUP BY endpoint_id, stream`,
  parameters: planParameters,
  row: storedRow,
};

/** Next sequence number expected of each stream of a plan that may have become a block or not, and can not be done again. */
export async function readSettled(
  store: EventStore,
  plan: Plan,
  signal: AbortSignal,
): Promise<Map<StreamName, number>> {
  const rows = await store.query(stored, { partition: plan.partition, block: plan.block }, signal);
  const next = new Map(rows.map(row => [`${row.endpoint_id}/${row.stream}`, row.next]));
  return new Map(
    [...plan.streams].map(([stream, { before, after }]) => [
      stream,
      Math.min(Math.max(next.get(stream) ?? before, before), after),
    ]),
  );
}
