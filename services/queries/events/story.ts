/** One process's story: what it is, whom it comes from, whom it started, and what it did. */

import { z } from 'zod';
import type { EndpointId, ExecId } from '../../domain/events/ids.ts';
import type { EventStore, Query } from '../../ports/event-store.ts';
import { eventColumns, eventRow, type StoredEvent } from './row.ts';

export interface Story {
  /** Its exec, oldest first where it executed more than one program; else the first event that it is known by. */
  readonly process: StoredEvent;
  /** An event of each, the parent first. */
  readonly ancestors: readonly StoredEvent[];
  /** Execs of the processes that it started, oldest first. */
  readonly children: readonly StoredEvent[];
  /** Its own events, oldest first. */
  readonly events: readonly StoredEvent[];
  /** There are more events or children than these. */
  readonly cut: boolean;
}

const processParameters = z.object({
  endpoint: z.string(),
  boot: z.string(),
  pid: z.number(),
  ticks: z.number(),
  limit: z.number(),
});
type ProcessQuery = Query<typeof processParameters, typeof eventRow>;

const eventsOf = 'pid = {pid:UInt32} AND start_ticks = {ticks:UInt64}';
const place = 'endpoint_id = {endpoint:UUID} AND boot_id = {boot:UUID}';

/** The first events of a process. */
export const processEvents: ProcessQuery = {
  name: 'process-events',
  sql: `SELECT ${eventColumns} FROM events WHERE ${place} AND ${eventsOf}
        ORDER BY time, stream, sequence LIMIT {limit:UInt32}`,
  parameters: processParameters,
  row: eventRow,
};

/** The first execs of processes that a process started. */
export const processChildren: ProcessQuery = {
  name: 'process-children',
  sql: `SELECT ${eventColumns} FROM events
        WHERE ${place} AND parent_pid = {pid:UInt32} AND parent_ticks = {ticks:UInt64} AND kind = 'process.executed'
        ORDER BY time, stream, sequence LIMIT {limit:UInt32}`,
  parameters: processParameters,
  row: eventRow,
};

const knownByParameters = processParameters.extend({ from: z.number(), to: z.number() });

/** Any event of a process between two times: its own fields are the same in all of them. */
export const processKnownBy: Query<typeof knownByParameters, typeof eventRow> = {
  name: 'process-known-by',
  sql: `SELECT ${eventColumns} FROM events WHERE ${place} AND ${eventsOf}
        AND time >= fromUnixTimestamp64Micro({from:Int64}) AND time <= fromUnixTimestamp64Micro({to:Int64}) LIMIT {limit:UInt32}`,
  parameters: knownByParameters,
  row: eventRow,
};

const day = 86_400_000_000;
const ever = { from: 0, to: 4_102_444_800_000_000 };

const mostAncestors = 16;

/** `undefined` where the store has no event of the process. At most `limit` events and as many children. */
export async function findStory(
  store: EventStore,
  endpoint: EndpointId,
  process: ExecId,
  limit: number,
  signal?: AbortSignal,
): Promise<Story | undefined> {
  const parametersOf = (of: ExecId, most: number) => {
    const [boot, pid, ticks] = of.split(':') as [string, string, string];
    return { endpoint, boot, pid: Number(pid), ticks: Number(ticks), limit: most };
  };
  const ask = (query: ProcessQuery) => store.query(query, parametersOf(process, limit + 1), signal);
  const knownBy = async (of: ExecId, within: { readonly from: number; readonly to: number }) =>
    (await store.query(processKnownBy, { ...parametersOf(of, 1), ...within }, signal))[0];
  const [events, children] = await Promise.all([ask(processEvents), ask(processChildren)]);
  const known = events.find(({ kind }) => kind === 'process.executed') ?? events[0];
  if (known === undefined) return undefined;
  const ancestors: StoredEvent[] = [];
  for (let below = known; below.parent !== undefined && ancestors.length < mostAncestors; below = ancestors.at(-1)!) {
    // A parent did something on the day on which it started its child, nearly always: one or two parts of thirty are asked.
    const ancestor =
      (await knownBy(below.parent.execId, { from: below.time - day / 2, to: below.time + day / 2 })) ??
      (await knownBy(below.parent.execId, ever));
    if (ancestor === undefined) break;
    ancestors.push(ancestor);
  }
  return {
    process: known,
    ancestors,
    children: children.slice(0, limit),
    events: events.slice(0, limit),
    cut: events.length > limit || children.length > limit,
  };
}
