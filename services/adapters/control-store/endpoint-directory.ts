/**
 * The endpoint directory on PostgreSQL. Keys are cached and dropped when `endpoints` is told; while nobody can tell
 * (the listening connection is broken) each question goes to the database. Reports are gathered, one write a second.
 */

import { createPublicKey, type KeyObject, randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { type EndpointId, micros } from '../../domain/events/ids.ts';
import type {
  EndpointDirectory,
  EndpointKey,
  EndpointRefusal,
  EndpointReport,
} from '../../ports/endpoint-directory.ts';
import { instantOf } from '../../ports/instant.ts';
import { listenForChanges } from './changes.ts';
import { commandQueue } from './command-queue.ts';
import { type ConnectionConfig, connect, type Database, guarded } from './connection.ts';
import { gather } from './gather.ts';
import { sharedQuestion } from './shared-question.ts';
import { endpoints } from './tables.ts';

const receptionEveryMs = 2_000;
/** Endpoints kept in the cache, unknown ids among them. */
const cacheSize = 100_000;
/** Loss counters kept of one endpoint, and the length of a name. */
const maxLosses = 200;
const maxName = 100;

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function openEndpointDirectory(config: ConnectionConfig): EndpointDirectory {
  const { database, pool } = connect({ ...config, poolSize: 3 });
  const changes = listenForChanges(config);
  const keys = keyCache(database, changes.connected);
  const lookUp = guarded({ get: keys.get });
  const reports = gather<EndpointReport>(told => write(database, told), newerReport, config.onError);
  const refusals = gather<EndpointRefusal>(told => writeRefusals(database, told), newerRefusal, config.onError);
  const reception = keepReception(database, reports.settled, config.onError);
  const commands = commandQueue(database, changes, config.onError);
  changes.listen('endpoints', keys.forget);
  return {
    // What is no UUID can't be an endpoint, and PostgreSQL would refuse the question.
    key: async endpoint => (uuid.test(endpoint) ? lookUp.get(endpoint) : undefined),
    report: reports.add,
    refused: refusals.add,
    commands,
    async close() {
      await reception.close();
      await commands.close();
      await reports.close();
      await refusals.close();
      await changes.close();
      await pool.end();
    },
  };
}

function keyCache(database: Database, connected: () => boolean) {
  const known = new Map<EndpointId, EndpointKey | undefined>();
  /** Grows with each change: an answer asked for before a change is not kept after it. */
  let generation = 0;
  const ask = sharedQuestion<EndpointId, EndpointKey>(async asking => {
    const asked = generation;
    const rows = await database
      .select({ id: endpoints.id, publicKey: endpoints.publicKey, revokedAt: endpoints.revokedAt })
      .from(endpoints)
      .where(sql`${endpoints.id} = ANY(${sql.param(asking)}::uuid[])`);
    const found = new Map(
      rows.map(({ id, publicKey, revokedAt }) => [
        id,
        { publicKey: ed25519PublicKey(publicKey), revoked: revokedAt !== null },
      ]),
    );
    if (connected() && asked === generation) {
      if (known.size + asking.length > cacheSize) known.clear();
      for (const endpoint of asking) known.set(endpoint, found.get(endpoint));
    }
    return found;
  });
  return {
    /** `undefined`: the connection broke, or is back: anything may have changed. */
    forget(endpoint: string | undefined) {
      generation++;
      if (endpoint === undefined) known.clear();
      else known.delete(endpoint as EndpointId);
    },
    async get(endpoint: EndpointId): Promise<EndpointKey | undefined> {
      return known.has(endpoint) ? known.get(endpoint) : ask(endpoint);
    },
  };
}

/** An Ed25519 key in DER (RFC 8410) is this and its 32 bytes. */
const derBeforeKey = Buffer.from('302a300506032b6570032100', 'hex');

export function ed25519PublicKey(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([derBeforeKey, raw]), format: 'der', type: 'spki' });
}

/** A heartbeat comes with one batch in ten seconds only: a later report keeps the one that is waiting. */
const newerReport = (told: EndpointReport, before: EndpointReport): EndpointReport =>
  before.seenAt > told.seenAt ? before : { ...told, heartbeat: told.heartbeat ?? before.heartbeat };

const newerRefusal = (told: EndpointRefusal, before: EndpointRefusal): EndpointRefusal =>
  before.at > told.at ? before : told;

async function writeRefusals(database: Database, refusals: readonly EndpointRefusal[]): Promise<void> {
  const rows = refusals.map(({ endpoint, at, reason, detail }) => ({
    id: endpoint,
    at: instantOf(at),
    refusal: { at: instantOf(at), reason, detail },
  }));
  await database.execute(sql`
    UPDATE endpoints e SET refused_at = r.at, refusal = r.refusal
    FROM jsonb_to_recordset(${JSON.stringify(rows, storableValues)}::jsonb) AS r (id uuid, at timestamptz, refusal jsonb)
    WHERE e.id = r.id AND coalesce(greatest(e.refused_at, e.last_seen_at) <= r.at, true)`);
}

/** Seconds after which a pause of ours is a time in which nobody could be heard. */
const receptionGap = 10;

/** Says every two seconds that we hear, after what we heard: whoever has no newer report by then was not heard. */
function keepReception(database: Database, settled: () => Promise<void>, onError: ConnectionConfig['onError']) {
  const instance = randomUUID();
  let under = Promise.resolve();
  async function say(): Promise<void> {
    const at = instantOf(micros(Date.now() * 1000));
    await settled();
    await database.execute(sql`
      INSERT INTO ingress_reception AS r (instance, began_at, alive_at) VALUES (${instance}, ${at}, ${at})
      ON CONFLICT (instance) DO UPDATE SET alive_at = excluded.alive_at,
        began_at = CASE WHEN r.alive_at < excluded.alive_at - make_interval(secs => ${receptionGap})
                        THEN excluded.alive_at ELSE r.began_at END`);
  }
  const round = () => {
    under = under.then(say).catch(error => onError?.(error as Error));
  };
  const timer = setInterval(round, receptionEveryMs);
  round();
  return {
    async close() {
      clearInterval(timer);
      await under;
    },
  };
}

async function write(database: Database, reports: readonly EndpointReport[]): Promise<void> {
  const rows = reports.map(report => ({
    id: report.endpoint,
    seen: instantOf(report.seenAt),
    version: storable(report.agentVersion).slice(0, 100),
    boot: uuid.test(report.bootId) ? report.bootId : null,
    losses: boundedLosses(report.losses),
    heartbeat: report.heartbeat ?? null,
  }));
  await database.execute(sql`
    UPDATE endpoints e SET
      last_seen_at = r.seen,
      agent_version = r.version,
      boot_id = coalesce(r.boot, e.boot_id),
      losses = r.losses,
      refusal = CASE WHEN e.refused_at > r.seen THEN e.refusal END,
      refused_at = CASE WHEN e.refused_at > r.seen THEN e.refused_at END,
      heartbeat = coalesce(r.heartbeat, e.heartbeat),
      heartbeat_at = CASE WHEN r.heartbeat IS NULL THEN e.heartbeat_at ELSE r.seen END
    FROM jsonb_to_recordset(${JSON.stringify(rows, storableValues)}::jsonb)
      AS r (id uuid, seen timestamptz, version text, boot uuid, losses jsonb, heartbeat jsonb)
    WHERE e.id = r.id AND (e.last_seen_at IS NULL OR e.last_seen_at <= r.seen)`);
}

/** PostgreSQL's text and jsonb hold neither NUL nor half a surrogate pair; an agent may send both. */
const storable = (text: string): string => text.replaceAll('\0', '\uFFFD').toWellFormed();

const storableValues = (_: string, value: unknown): unknown => (typeof value === 'string' ? storable(value) : value);

function boundedLosses(losses: Readonly<Record<string, number>>): Record<string, number> {
  const entries = Object.entries(losses).filter(([, value]) => Number.isFinite(value));
  return Object.fromEntries(
    entries.slice(0, maxLosses).map(([name, value]) => [storable(name.slice(0, maxName)), value]),
  );
}
