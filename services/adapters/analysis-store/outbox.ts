/** Changes of alerts that wait for the bus: table alert_outbox, written within the transaction that changes the alerts. */

import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { AlertChange } from '../../ports/alert-outbox.ts';

/** As ports/instant.ts writes moments. */
const instantOf = (moment: string) => `to_char(${moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** Runs within the caller's transaction, when the alerts are as they will be. */
export async function tellChanges(
  client: pg.ClientBase,
  changed: readonly { readonly id: string; readonly change: AlertChange['change'] }[],
): Promise<void> {
  if (changed.length === 0) return;
  await client.query(
    `INSERT INTO alert_outbox (message)
     SELECT json_build_object('id', x.id, 'change', x.change, 'at', ${instantOf('now()')}, 'alert', json_build_object(
              'id', a.id, 'endpoint', json_build_object('id', e.id, 'name', e.name), 'detector', a.detector, 'title', a.title,
              'severity', a.severity, 'techniques', a.techniques, 'program', a.program, 'deviation', a.deviation,
              'reason', coalesce(a.evidence ->> 'reason', ''), 'execId', a.exec_id, 'count', a.count,
              'firstSeenAt', ${instantOf('a.first_seen_at')}, 'lastSeenAt', ${instantOf('a.last_seen_at')}))
       FROM unnest($1::text[], $2::uuid[], $3::text[]) WITH ORDINALITY AS x(id, alert, change, place)
       JOIN alerts a ON a.id = x.alert
       JOIN endpoints e ON e.id = a.endpoint_id
      ORDER BY x.place`,
    [changed.map(() => randomUUID()), changed.map(({ id }) => id), changed.map(({ change }) => change)],
  );
}

/**
 * Within a transaction of its own, which ends the turn of this instance with it. One that is frozen in it loses the turn when the
 * server ends its connection; what it publishes late comes twice then.
 */
export async function drainChanges(
  client: pg.ClientBase,
  most: number,
  publish: (changes: readonly AlertChange[]) => Promise<void>,
): Promise<number> {
  const turn = await client.query<{ mine: boolean }>(
    "SELECT pg_try_advisory_xact_lock(hashtext('picket.alert-outbox')) AS mine",
  );
  if (!turn.rows[0]?.mine) return 0;
  const { rows } = await client.query<{ id: string; message: AlertChange }>(
    'SELECT id, message FROM alert_outbox ORDER BY id LIMIT $1',
    [most],
  );
  if (rows.length === 0) return 0;
  await publish(rows.map(({ message }) => message));
  // Not all up to the last: a transaction that is not over yet may hold a lower number.
  await client.query('DELETE FROM alert_outbox WHERE id = ANY($1::bigint[])', [rows.map(({ id }) => id)]);
  return rows.length;
}

export async function trimChanges(pool: pg.Pool, bound: number): Promise<number> {
  const { rowCount } = await pool.query(
    'DELETE FROM alert_outbox WHERE id <= (SELECT id FROM alert_outbox ORDER BY id DESC OFFSET $1 LIMIT 1)',
    [bound],
  );
  return rowCount ?? 0;
}

export async function waitingChanges(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ count: number }>('SELECT count(*)::integer AS count FROM alert_outbox');
  return rows[0]!.count;
}
