/** Who is not heard any more, and who is again, within the caller's transaction: of several instances one at a time. */

import type pg from 'pg';
import type { BootId, EndpointId, Micros } from '../../domain/events/ids.ts';
import { explainSilence, type Heard, type Reception, silence, silent } from '../../domain/sensor/silent.ts';
import type { JudgeSilence, Recorded } from '../../ports/analysis-store.ts';
import { recordFindings } from './record.ts';
import { instant, json } from './values.ts';

/** Endpoints judged at a time; the others follow in the next round. */
const most = 1_000;
/** Blind times are kept for this long. */
const kept = '90 days';

export async function watchSilence(client: pg.ClientBase, now: Micros, judge: JudgeSilence): Promise<Recorded[]> {
  // Another instance is at it: it sees what we would see.
  const { rows } = await client.query<{ mine: boolean }>(
    "SELECT pg_try_advisory_xact_lock(hashtext('picket.silence')) AS mine",
  );
  if (!rows[0]?.mine) return [];
  await heardAgain(client);
  await explain(client);
  const receptions = await readReceptions(client, now);
  const found = (await quietEndpoints(client, now)).flatMap(heard => judge(heard, receptions) ?? []);
  if (found.length === 0) return [];
  const recorded = await recordFindings(client, found);
  await client.query(
    `UPDATE blind_spans b SET before = ${said}
       FROM endpoints e
      WHERE e.id = b.endpoint_id AND b.endpoint_id = ANY($1::uuid[]) AND b.detector = $2 AND b.ended_at IS NULL`,
    [found.map(({ endpoint }) => endpoint), silent.id],
  );
  await tellEndpoints(
    client,
    found.map(({ endpoint }) => endpoint),
  );
  return recorded;
}

const micros = (column: string) => `(extract(epoch FROM ${column}) * 1000000)::bigint`;

/** A number of the heartbeat; what an agent sends need not be one. */
const figure = (name: string) =>
  `CASE WHEN jsonb_typeof(e.heartbeat->'${name}') = 'number' THEN (e.heartbeat->>'${name}')::float8 ELSE 0 END`;

const said = `jsonb_build_object('boot', e.boot_id, 'started', ${figure('startedMicros')},
  'suspended', ${figure('suspendedMicros')}, 'stalled', ${figure('stalledMicros')})`;

async function readReceptions(client: pg.ClientBase, now: Micros): Promise<Reception[]> {
  await client.query("DELETE FROM ingress_reception WHERE alive_at < $1::timestamptz - interval '1 day'", [
    instant(now),
  ]);
  await client.query(`DELETE FROM blind_spans WHERE ended_at < $1::timestamptz - interval '${kept}'`, [instant(now)]);
  const { rows } = await client.query<{ from: string; until: string }>(
    `SELECT ${micros('began_at')} AS from, ${micros('alive_at')} AS until FROM ingress_reception`,
  );
  return rows.map(({ from, until }) => ({ from: Number(from) as Micros, until: Number(until) as Micros }));
}

async function quietEndpoints(client: pg.ClientBase, now: Micros): Promise<Heard[]> {
  const { rows } = await client.query<{
    id: EndpointId;
    seen: string;
    boot: BootId | null;
    interval: number;
    suspended: number;
  }>(
    `SELECT e.id, ${micros('e.last_seen_at')} AS seen, e.boot_id AS boot, ${figure('intervalMillis')} AS interval,
            ${figure('suspendedMicros')} AS suspended
       FROM endpoints e
      WHERE e.revoked_at IS NULL AND e.last_seen_at < $1
        AND coalesce(jsonb_typeof(e.heartbeat->'stopping'), 'null') = 'null'
        AND NOT EXISTS (SELECT FROM blind_spans b WHERE b.endpoint_id = e.id AND b.detector = $2 AND b.ended_at IS NULL)
      ORDER BY e.last_seen_at DESC
      LIMIT ${most}`,
    [instant(now - silence.least), silent.id],
  );
  return rows.map(({ id, seen, boot, interval, suspended }) => ({
    endpoint: id,
    lastSeen: Number(seen) as Micros,
    boot: boot ?? undefined,
    intervalMillis: interval,
    suspendedMicros: suspended,
    stopping: false,
  }));
}

async function heardAgain(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    `UPDATE blind_spans b SET ended_at = e.last_seen_at
       FROM endpoints e
      WHERE e.id = b.endpoint_id AND b.detector = $1 AND b.ended_at IS NULL AND e.last_seen_at > b.began_at
     RETURNING e.id`,
    [silent.id],
  );
  await tellEndpoints(
    client,
    rows.map(({ id }) => id),
  );
}

async function explain(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{
    endpoint: string;
    began: string;
    lasted: number;
    before: Said | null;
    after: Said;
  }>(
    `SELECT b.endpoint_id AS endpoint, b.began_at::text AS began, b.before, ${said} AS after,
            extract(epoch FROM b.ended_at - b.began_at)::float8 * 1000000 AS lasted
       FROM blind_spans b JOIN endpoints e ON e.id = b.endpoint_id
      WHERE b.detector = $1 AND b.ended_at IS NOT NULL AND b.explanation IS NULL AND e.heartbeat_at >= b.ended_at
      LIMIT ${most}`,
    [silent.id],
  );
  if (rows.length === 0) return;
  const explained = rows.map(({ endpoint, began, lasted, before, after }) => ({
    endpoint,
    began,
    explanation: explainSilence(before ?? after, after, lasted),
  }));
  await client.query(
    `UPDATE blind_spans b SET explanation = x.explanation
       FROM jsonb_to_recordset($1::jsonb) AS x(endpoint uuid, began timestamptz, explanation text)
      WHERE b.endpoint_id = x.endpoint AND b.began_at = x.began AND b.detector = $2`,
    [json(explained), silent.id],
  );
}

type Said = Parameters<typeof explainSilence>[0];

async function tellEndpoints(client: pg.ClientBase, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await client.query("SELECT pg_notify('endpoints', id) FROM unnest($1::text[]) AS id", [ids]);
}
