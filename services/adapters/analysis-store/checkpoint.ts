/** A checkpoint in bulk statements, within the caller's transaction; and reading back what it wrote. */

import type pg from 'pg';
import type {
  BaselineFamily,
  BaselineKey,
  BaselinePhase,
  BaselineRecord,
  Entry,
} from '../../domain/baselines/baseline.ts';
import type { EndpointId, Micros } from '../../domain/events/ids.ts';
import {
  type BaselineChange,
  type Checkpoint,
  type Claim,
  type EndpointRecord,
  PartitionsLost,
  type StoredBaseline,
} from '../../ports/analysis-store.ts';
import { instant, json } from './values.ts';

/** Entries in one statement, and baselines and endpoints, which are larger: a statement has 30 s. */
const chunk = 20_000;
const largeChunk = 5_000;

export async function writeCheckpoint(client: pg.ClientBase, checkpoint: Checkpoint): Promise<void> {
  await writePositions(client, checkpoint);
  for (const some of inChunks(checkpoint.endpoints)) await writeEndpoints(client, some);
  const ids: (string | undefined)[] = [];
  for (const some of inChunks(checkpoint.baselines)) ids.push(...(await writeBaselines(client, some)));
  const changes = checkpoint.baselines.flatMap((change, i) => (ids[i] === undefined ? [] : [{ id: ids[i], change }]));
  await removeEntries(client, changes);
  await writeEntries(client, changes);
}

function* inChunks<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < all.length; from += largeChunk) yield all.slice(from, from + largeChunk);
}

type Change = { readonly id: string; readonly change: BaselineChange };

/** First, so that the rows are locked: a claim waits for this transaction, or this one finds the claim. */
async function writePositions(client: pg.ClientBase, { positions, epochs }: Checkpoint): Promise<void> {
  const partitions = [...positions.keys()];
  const places = [...positions.values()];
  const { rows } = await client.query<{ partition: number }>(
    `INSERT INTO analysis_positions AS p (partition, "offset", digest, epoch)
     SELECT * FROM unnest($1::integer[], $2::bigint[], $3::text[], $4::bigint[]) ORDER BY 1
     ON CONFLICT (partition) DO UPDATE SET "offset" = excluded."offset", digest = excluded.digest, updated_at = now()
      WHERE p.epoch = excluded.epoch
     RETURNING partition`,
    [
      partitions,
      places.map(({ offset }) => offset),
      places.map(({ offset, digest }) => (digest === undefined ? null : `${offset}:${digest}`)),
      partitions.map(partition => epochs.get(partition) ?? 0),
    ],
  );
  const written = new Set(rows.map(({ partition }) => partition));
  const lost = partitions.filter(partition => !written.has(partition));
  if (lost.length > 0) throw new PartitionsLost(lost);
}

/** In a transaction of its own. */
export async function claimPartition(client: pg.ClientBase, partition: number): Promise<Claim> {
  await client.query(
    'INSERT INTO analysis_positions (partition, "offset", epoch) VALUES ($1, -1, 0) ON CONFLICT DO NOTHING',
    [partition],
  );
  // The one lock that whoever records findings is in the way of: what was recorded before is all there will be.
  await client.query('SELECT FROM analysis_positions WHERE partition = $1 FOR UPDATE', [partition]);
  const { rows } = await client.query<{ epoch: string; offset: string; digest: string | null }>(
    'UPDATE analysis_positions SET epoch = epoch + 1 WHERE partition = $1 RETURNING epoch, "offset", digest',
    [partition],
  );
  const [row] = rows;
  const offset = Number(row!.offset);
  // An analysis of an older version moves the offset alone: then the digest is that of another message.
  const [of, digest] = row!.digest?.split(':') ?? [];
  const position = { offset, digest: Number(of) === offset ? digest : undefined };
  return { epoch: Number(row!.epoch), position: offset < 0 ? undefined : position };
}

/** Until the transaction ends nobody else can claim the partitions; a checkpoint of theirs may be written meanwhile. */
export async function holdClaims(client: pg.ClientBase, epochs: ReadonlyMap<number, number>): Promise<void> {
  if (epochs.size === 0) return;
  const { rows } = await client.query<{ partition: number }>(
    `SELECT partition FROM analysis_positions
      WHERE (partition, epoch) IN (SELECT * FROM unnest($1::integer[], $2::bigint[])) ORDER BY partition FOR KEY SHARE`,
    [[...epochs.keys()], [...epochs.values()]],
  );
  const held = new Set(rows.map(({ partition }) => partition));
  const lost = [...epochs.keys()].filter(partition => !held.has(partition));
  if (lost.length > 0) throw new PartitionsLost(lost);
}

async function writeEndpoints(client: pg.ClientBase, endpoints: readonly EndpointRecord[]): Promise<void> {
  await client.query(
    `INSERT INTO analysis_endpoints (endpoint_id, watermarks, recent, suspects, sensor)
     SELECT x.endpoint, x.watermarks, x.recent, x.suspects, x.sensor
       FROM jsonb_to_recordset($1::jsonb) AS x(endpoint uuid, watermarks jsonb, recent jsonb, suspects jsonb, sensor jsonb)
       JOIN endpoints e ON e.id = x.endpoint
     ON CONFLICT (endpoint_id) DO UPDATE
        SET watermarks = excluded.watermarks, recent = excluded.recent, suspects = excluded.suspects, sensor = excluded.sensor`,
    [json(endpoints)],
  );
}

/** Ids in the order of the changes; `undefined` where the endpoint is gone. */
async function writeBaselines(
  client: pg.ClientBase,
  changes: readonly BaselineChange[],
): Promise<(string | undefined)[]> {
  const rows = changes.map(({ record }) => ({
    ...{ endpoint_id: record.endpoint, family: record.family, program: record.program, phase: record.phase },
    ...{ unbounded: record.unbounded, observations: record.observations, distinct_values: record.distinct },
    ...{ unseen_probability: record.unseenProbability, active_minutes: record.activeMinutes },
    ...{ first_seen_at: instant(record.firstSeenAt), last_seen_at: instant(record.lastSeenAt) },
    ...{
      enforced_at: record.enforcedAt === undefined ? null : instant(record.enforcedAt),
      deviations: record.deviations,
    },
  }));
  const written = await client.query<{ id: string; endpoint_id: string; family: string; program: string }>(
    `INSERT INTO baselines (endpoint_id, family, program, phase, unbounded, observations, distinct_values,
                            unseen_probability, active_minutes, first_seen_at, last_seen_at, enforced_at, deviations)
     SELECT x.*
       FROM jsonb_to_recordset($1::jsonb) AS x(endpoint_id uuid, family text, program text, phase text, unbounded boolean,
            observations bigint, distinct_values integer, unseen_probability double precision, active_minutes integer,
            first_seen_at timestamptz, last_seen_at timestamptz, enforced_at timestamptz, deviations jsonb)
       JOIN endpoints e ON e.id = x.endpoint_id
     ON CONFLICT (endpoint_id, family, program) DO UPDATE
        SET phase = excluded.phase, unbounded = excluded.unbounded, observations = excluded.observations,
            distinct_values = excluded.distinct_values, unseen_probability = excluded.unseen_probability,
            active_minutes = excluded.active_minutes, first_seen_at = excluded.first_seen_at,
            last_seen_at = excluded.last_seen_at, enforced_at = excluded.enforced_at, deviations = excluded.deviations
     RETURNING id, endpoint_id, family, program`,
    [json(rows)],
  );
  const ids = new Map(written.rows.map(row => [`${row.endpoint_id}/${row.family}/${row.program}`, row.id]));
  return changes.map(({ record: { endpoint, family, program } }) => ids.get(`${endpoint}/${family}/${program}`));
}

async function removeEntries(client: pg.ClientBase, changes: readonly Change[]): Promise<void> {
  const removed = changes.flatMap(({ id, change }) => change.removed.map(value => ({ id, value })));
  for (let from = 0; from < removed.length; from += chunk) {
    const some = removed.slice(from, from + chunk);
    await client.query(
      `DELETE FROM baseline_entries b USING unnest($1::bigint[], $2::text[]) AS x(id, value)
        WHERE b.baseline_id = x.id AND b.value = x.value`,
      [some.map(({ id }) => id), some.map(({ value }) => value)],
    );
  }
}

async function writeEntries(client: pg.ClientBase, changes: readonly Change[]): Promise<void> {
  const written = changes.flatMap(({ id, change }) => change.written.map(([value, entry]) => ({ id, value, entry })));
  for (let from = 0; from < written.length; from += chunk) {
    const some = written.slice(from, from + chunk);
    await client.query(
      `INSERT INTO baseline_entries (baseline_id, value, count, first_seen_at, last_seen_at)
       SELECT * FROM unnest($1::bigint[], $2::text[], $3::integer[], $4::timestamptz[], $5::timestamptz[])
       ON CONFLICT (baseline_id, value) DO UPDATE SET count = excluded.count, last_seen_at = excluded.last_seen_at`,
      [
        some.map(({ id }) => id),
        some.map(({ value }) => value),
        some.map(({ entry }) => entry.count),
        some.map(({ entry }) => instant(entry.firstSeenAt)),
        some.map(({ entry }) => instant(entry.lastSeenAt)),
      ],
    );
  }
}

interface BaselineRow {
  id: string;
  endpoint_id: string;
  family: BaselineFamily;
  program: string;
  phase: BaselinePhase;
  unbounded: boolean;
  observations: string;
  distinct_values: number;
  unseen_probability: number;
  active_minutes: number;
  first_seen: string;
  last_seen: string;
  enforced: string | null;
  deviations: BaselineRecord['deviations'];
}

const microsOf = (column: string) => `(extract(epoch FROM ${column}) * 1000000)::bigint`;
const micros = (text: string) => Number(text) as Micros;

export async function readBaselines(client: pg.Pool, keys: readonly BaselineKey[]): Promise<StoredBaseline[]> {
  if (keys.length === 0) return [];
  const { rows } = await client.query<BaselineRow>(
    `SELECT id, endpoint_id, family, program, phase, unbounded, observations, distinct_values, unseen_probability,
            active_minutes, ${microsOf('first_seen_at')} AS first_seen, ${microsOf('last_seen_at')} AS last_seen,
            ${microsOf('enforced_at')} AS enforced, deviations
       FROM baselines
      WHERE (endpoint_id, family, program) IN (SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[]))`,
    [keys.map(key => key.endpoint), keys.map(key => key.family), keys.map(key => key.program)],
  );
  if (rows.length === 0) return [];
  const entries = await readEntries(
    client,
    rows.map(({ id }) => id),
  );
  return rows.map(row => ({ record: recordOf(row), entries: entries.get(row.id) ?? [] }));
}

async function readEntries(client: pg.Pool, ids: readonly string[]): Promise<Map<string, [string, Entry][]>> {
  const { rows } = await client.query<{
    id: string;
    value: string;
    count: number;
    first_seen: string;
    last_seen: string;
  }>(
    `SELECT baseline_id AS id, value, count, ${microsOf('first_seen_at')} AS first_seen, ${microsOf('last_seen_at')} AS last_seen
       FROM baseline_entries WHERE baseline_id = ANY($1::bigint[])`,
    [ids],
  );
  const entries = new Map<string, [string, Entry][]>();
  for (const { id, value, count, first_seen, last_seen } of rows) {
    const list = entries.get(id) ?? [];
    list.push([value, { count, firstSeenAt: micros(first_seen), lastSeenAt: micros(last_seen) }]);
    entries.set(id, list);
  }
  return entries;
}

function recordOf(row: BaselineRow): BaselineRecord {
  return {
    endpoint: row.endpoint_id as EndpointId,
    family: row.family,
    program: row.program,
    phase: row.phase,
    unbounded: row.unbounded,
    observations: Number(row.observations),
    distinct: row.distinct_values,
    unseenProbability: row.unseen_probability,
    activeMinutes: row.active_minutes,
    firstSeenAt: micros(row.first_seen),
    lastSeenAt: micros(row.last_seen),
    enforcedAt: row.enforced === null ? undefined : micros(row.enforced),
    deviations: row.deviations,
  };
}
