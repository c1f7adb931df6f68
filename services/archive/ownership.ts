/**
 * Which archive a partition of the bus belongs to, kept in the event store (services/sql/events/0004_archive_owners.sql).
 *
 * The bus gives a partition to another when its consumer falls silent; one that was only frozen wakes and goes on with what it
 * had in mind. The store has no insert on a condition, so it is done in this order:
 *
 *   the new owner   claims an epoch; then reads the plans, and cuts the newest one again, with the same token
 *   each owner      asks whether its claim is the newest; writes its plan; asks again; inserts the block
 *
 * A former owner that wakes before it asks stops there. One that wakes behind the second answer had its plan written before the
 * claim, so that the new owner has read it and inserts the same block with the same token, which the store takes once. One that
 * wakes behind the first answer writes a plan that becomes no block; blocks of a later epoch have greater numbers, so that it
 * counts only for a stream of which the new owner has written no plan by the time when the partition changes hands again.
 */

import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { EventStore, Query } from '../ports/event-store.ts';
import { IntegerColumn, nativeBlock, WordsColumn } from './native-columns.ts';

export interface Claim {
  readonly partition: number;
  readonly epoch: number;
  /** 16 hexadecimal digits. */
  readonly owner: string;
}

/** Another archive has the partition: nothing more is to be written for it. */
export class PartitionLost extends Error {
  override readonly name = 'PartitionLost';
}

/** Blocks of one epoch are numbered from here on: they are greater than those of every epoch before. */
export const firstBlock = ({ epoch }: Claim): number => epoch * 2 ** 32;

/** Takes the partition over. */
export async function claim(store: EventStore, partition: number, signal: AbortSignal): Promise<Claim> {
  const newest = await newestClaim(store, partition, signal);
  const claimed = { partition, epoch: (newest?.epoch ?? 0) + 1, owner: randomBytes(8).toString('hex') };
  const columns = [
    ['partition', new IntegerColumn('UInt32')],
    ['epoch', new WordsColumn('UInt64')],
    ['owner', new WordsColumn('UInt64')],
  ] as const;
  for (const [, column] of columns) column.reserve(1);
  columns[0][1].values[0] = partition;
  columns[1][1].setNumber(0, claimed.epoch);
  columns[2][1].setBigEndian(0, Buffer.from(claimed.owner, 'hex'));
  const names = columns.map(([name]) => name);
  const token = `${partition}/${claimed.epoch}/${claimed.owner}`;
  await store.insert('archive_owners', names, nativeBlock(columns, 1), token);
  return claimed;
}

/** Rejects with `PartitionLost` where there is a newer claim. */
export async function requireClaim(store: EventStore, own: Claim, signal: AbortSignal): Promise<void> {
  const newest = await newestClaim(store, own.partition, signal);
  if (newest?.epoch === own.epoch && newest.owner === own.owner) return;
  throw new PartitionLost(`partition ${own.partition} was claimed by another archive`);
}

const parameters = z.object({ partition: z.number() });
const row = z.object({
  epoch: z.string().transform(Number),
  owner: z.string().transform(owner => BigInt(owner).toString(16).padStart(16, '0')),
});

const newest: Query<typeof parameters, typeof row> = {
  name: 'archive-owner',
  sql: `SELECT epoch, owner FROM archive_claims WHERE partition = {partition:UInt32}
        ORDER BY epoch DESC, owner DESC LIMIT 1`,
  parameters,
  row,
};

async function newestClaim(store: EventStore, partition: number, signal: AbortSignal) {
  return (await store.query(newest, { partition }, signal))[0];
}
