/** The times in which a host was not seen, within the caller's transaction. */

import type pg from 'pg';
import type { Finding } from '../../domain/alerts/finding.ts';
import type { Recovery } from '../../domain/sensor/observe.ts';
import { instant, json } from './values.ts';

/** Losses that follow each other within this time are one. */
const oneTime = '1 minute';

/** Findings that were counted just now: a replayed one must not come here. */
export async function writeBlindSpans(client: pg.ClientBase, findings: readonly Finding[]): Promise<void> {
  for (const { endpoint, detector, blind } of findings) {
    if (!blind) continue;
    const from = instant(Math.min(blind.from, blind.until ?? blind.from));
    const until = blind.until === undefined ? null : instant(blind.until);
    const { rowCount } = await client.query(
      `UPDATE blind_spans
          SET ended_at = greatest(ended_at, $4), began_at = least(began_at, $3), lost = lost + $5
        WHERE (endpoint_id, detector, began_at) = (
                SELECT endpoint_id, detector, began_at FROM blind_spans
                 WHERE endpoint_id = $1 AND detector = $2 AND ended_at >= $3::timestamptz - interval '${oneTime}'
                   AND began_at <= $4::timestamptz
                 ORDER BY began_at DESC LIMIT 1)`,
      [endpoint, detector, from, until, blind.lost],
    );
    if ((rowCount ?? 0) > 0) continue;
    await client.query(
      `INSERT INTO blind_spans (endpoint_id, detector, began_at, ended_at, lost) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (endpoint_id, detector, began_at) DO UPDATE
          SET ended_at = excluded.ended_at, lost = blind_spans.lost + excluded.lost, explanation = NULL`,
      [endpoint, detector, from, until, blind.lost],
    );
  }
}

export async function endBlindSpans(client: pg.ClientBase, recoveries: readonly Recovery[]): Promise<void> {
  if (recoveries.length === 0) return;
  const rows = recoveries.map(({ endpoint, detector, at }) => ({ endpoint, detector, at: instant(at) }));
  await client.query(
    `UPDATE blind_spans b SET ended_at = x.at
       FROM jsonb_to_recordset($1::jsonb) AS x(endpoint uuid, detector text, at timestamptz)
      WHERE b.endpoint_id = x.endpoint AND b.detector = x.detector AND b.ended_at IS NULL AND b.began_at <= x.at`,
    [json(rows)],
  );
}
