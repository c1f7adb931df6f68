/** Findings join their alerts: what is there is read and locked, the domain decides, and everything is written in bulk. */

import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { AlertStatus, Finding, Verdict } from '../../domain/alerts/finding.ts';
import { type AlertState, after, type Joined, join, type Place } from '../../domain/alerts/join.ts';
import type { Recorded } from '../../ports/analysis-store.ts';
import { writeBlindSpans } from './blind-spans.ts';
import { tellChanges } from './outbox.ts';
import { instant, json } from './values.ts';

/** Findings kept with their evidence, per alert. */
const findingsKept = 50;

interface AlertRow {
  id: string;
  status: AlertStatus;
  verdict: Verdict | null;
  last_stream: string;
  last_sequence: string;
  earlier_streams: Place[];
}

/** An alert that this call touches: what it was, what becomes of it, and the findings that counted. */
interface Touched {
  readonly id: string;
  readonly exists: boolean;
  state: AlertState | undefined;
  reopened: boolean;
  readonly counted: Finding[];
}

/** Runs within the caller's transaction. */
export async function recordFindings(client: pg.ClientBase, findings: readonly Finding[]): Promise<Recorded[]> {
  const known = await knownEndpoints(client, findings);
  const alerts = await lockedAlerts(client, findings);
  const touched = new Map<string, Touched>();
  const outcomes: Recorded[] = findings.map(finding => {
    if (!known.has(finding.endpoint)) return 'unknown-endpoint';
    const key = alertKey(finding.endpoint, finding.detector, finding.program, finding.deviation);
    const alert = touched.get(key) ?? untouched(alerts.get(key));
    touched.set(key, alert);
    return joinOne(alert, finding);
  });
  const counted = [...touched.values()].filter(alert => alert.counted.length > 0);
  await insertAlerts(
    client,
    counted.filter(alert => !alert.exists),
  );
  await updateAlerts(
    client,
    counted.filter(alert => alert.exists),
  );
  await insertFindings(client, counted);
  await insertHistory(client, counted);
  await writeBlindSpans(
    client,
    counted.flatMap(alert => alert.counted),
  );
  // Of one closed as expected nobody wants to hear: that is what the verdict says.
  const told = counted.filter(({ state }) => state!.status !== 'closed');
  await tellChanges(
    client,
    told.map(alert => ({ id: alert.id, change: changeOf(alert) })),
  );
  if (counted.length > 0) {
    await client.query("SELECT pg_notify('alerts', id) FROM unnest($1::text[]) AS id", [counted.map(({ id }) => id)]);
  }
  return outcomes;
}

function joinOne(alert: Touched, finding: Finding): Joined {
  const joined = join(alert.state, finding);
  alert.state = after(alert.state, finding, joined);
  if (joined === 'reopened') alert.reopened = true;
  if (joined !== 'replayed') alert.counted.push(finding);
  return joined;
}

const changeOf = ({ exists, reopened }: Touched) => (reopened ? 'reopened' : exists ? 'counted' : 'created');

function untouched(row: AlertRow | undefined): Touched {
  if (!row) return { id: randomUUID(), exists: false, state: undefined, reopened: false, counted: [] };
  const state: AlertState = {
    status: row.status,
    verdict: row.verdict ?? undefined,
    lastStream: row.last_stream,
    lastSequence: Number(row.last_sequence),
    earlier: row.earlier_streams,
  };
  return { id: row.id, exists: true, state, reopened: false, counted: [] };
}

const alertKey = (...parts: readonly string[]) => parts.join('\n');

async function knownEndpoints(client: pg.ClientBase, findings: readonly Finding[]): Promise<Set<string>> {
  const ids = [...new Set(findings.map(({ endpoint }) => endpoint))];
  const { rows } = await client.query<{ id: string }>(
    'SELECT id FROM endpoints WHERE id = ANY($1::uuid[]) FOR KEY SHARE',
    [ids],
  );
  return new Set(rows.map(({ id }) => id));
}

async function lockedAlerts(client: pg.ClientBase, findings: readonly Finding[]): Promise<Map<string, AlertRow>> {
  const { rows } = await client.query<AlertRow & Record<'endpoint_id' | 'detector' | 'program' | 'deviation', string>>(
    `SELECT a.id, a.endpoint_id, a.detector, a.program, a.deviation, a.status, a.verdict, a.last_stream, a.last_sequence, a.earlier_streams
       FROM alerts a
      WHERE (a.endpoint_id, a.detector, a.program, a.deviation)
            IN (SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]))
      ORDER BY a.id
        FOR UPDATE`,
    [
      findings.map(f => f.endpoint),
      findings.map(f => f.detector),
      findings.map(f => f.program),
      findings.map(f => f.deviation),
    ],
  );
  return new Map(rows.map(row => [alertKey(row.endpoint_id, row.detector, row.program, row.deviation), row]));
}

const total = (findings: readonly Finding[]) => findings.reduce((sum, { count }) => sum + count, 0);
const first = (findings: readonly Finding[]) => Math.min(...findings.map(({ time }) => time));
const last = (findings: readonly Finding[]) => Math.max(...findings.map(({ time }) => time));

async function insertAlerts(client: pg.ClientBase, alerts: readonly Touched[]): Promise<void> {
  if (alerts.length === 0) return;
  const rows = alerts.map(({ id, state, counted }) => {
    const { endpoint, detector, program, deviation, title, severity, techniques, execId, evidence } = counted[0]!;
    return {
      ...{
        id,
        endpoint_id: endpoint,
        detector,
        program,
        deviation,
        title,
        severity,
        techniques,
        exec_id: execId,
        evidence,
      },
      ...{ count: total(counted), first_seen_at: instant(first(counted)), last_seen_at: instant(last(counted)) },
      ...{ last_stream: state!.lastStream, last_sequence: state!.lastSequence },
      ...{ earlier_streams: state!.earlier },
    };
  });
  await client.query(
    `INSERT INTO alerts (id, endpoint_id, detector, program, deviation, title, severity, techniques, count,
                         first_seen_at, last_seen_at, last_stream, last_sequence, earlier_streams, exec_id, evidence)
     SELECT id, endpoint_id, detector, program, deviation, title, severity, techniques, count,
            first_seen_at, last_seen_at, last_stream, last_sequence, earlier_streams, exec_id, evidence
       FROM jsonb_to_recordset($1::jsonb) AS x(id uuid, endpoint_id uuid, detector text, program text, deviation text,
            title text, severity text, techniques text[], count bigint, first_seen_at timestamptz, last_seen_at timestamptz,
            last_stream text, last_sequence bigint, earlier_streams jsonb, exec_id text, evidence jsonb)`,
    [json(rows)],
  );
}

async function updateAlerts(client: pg.ClientBase, alerts: readonly Touched[]): Promise<void> {
  if (alerts.length === 0) return;
  const rows = alerts.map(({ id, state, reopened, counted }) => ({
    ...{ id, reopened, count: total(counted), last_seen_at: instant(last(counted)) },
    ...{ last_stream: state!.lastStream, last_sequence: state!.lastSequence },
    ...{ earlier_streams: state!.earlier },
  }));
  await client.query(
    `UPDATE alerts a
        SET count = a.count + x.count,
            last_seen_at = greatest(a.last_seen_at, x.last_seen_at),
            last_stream = x.last_stream,
            last_sequence = x.last_sequence,
            earlier_streams = x.earlier_streams,
            status = CASE WHEN x.reopened THEN 'open' ELSE a.status END,
            verdict = CASE WHEN x.reopened THEN NULL ELSE a.verdict END,
            updated_at = now()
       FROM jsonb_to_recordset($1::jsonb) AS x(id uuid, reopened boolean, count bigint, last_seen_at timestamptz,
            last_stream text, last_sequence bigint, earlier_streams jsonb)
      WHERE a.id = x.id`,
    [json(rows)],
  );
}

async function insertFindings(client: pg.ClientBase, alerts: readonly Touched[]): Promise<void> {
  const rows = alerts.flatMap(({ id, counted }) =>
    counted.slice(0, findingsKept).map(({ stream, sequence, time, execId, count, evidence }, place) => {
      return { alert_id: id, place, stream, sequence, found_at: instant(time), exec_id: execId, count, evidence };
    }),
  );
  if (rows.length === 0) return;
  await client.query(
    `INSERT INTO findings (alert_id, stream, sequence, found_at, exec_id, count, evidence)
     SELECT alert_id, stream, sequence, found_at, exec_id, count, evidence
       FROM jsonb_to_recordset($1::jsonb) AS x(alert_id uuid, place integer, stream text, sequence bigint,
            found_at timestamptz, exec_id text, count bigint, evidence jsonb)
      WHERE place + (SELECT count(*) FROM findings f WHERE f.alert_id = x.alert_id) < $2
     ON CONFLICT DO NOTHING`,
    [json(rows), findingsKept],
  );
}

async function insertHistory(client: pg.ClientBase, alerts: readonly Touched[]): Promise<void> {
  const rows = alerts.flatMap(({ id, exists, reopened }) => [
    ...(exists ? [] : [{ alert_id: id, action: 'created' }]),
    ...(reopened ? [{ alert_id: id, action: 'reopened' }] : []),
  ]);
  if (rows.length === 0) return;
  await client.query(
    `INSERT INTO alert_history (alert_id, action)
     SELECT alert_id, action FROM jsonb_to_recordset($1::jsonb) AS x(alert_id uuid, action text)`,
    [json(rows)],
  );
}
