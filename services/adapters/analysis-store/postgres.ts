/** The analysis store in PostgreSQL: tables of services/sql/control/0003, 0004, 0008, 0009 and 0011. */

import pg from 'pg';
import type { RecentExec } from '../../domain/detectors/recent-execs.ts';
import type { EndpointId, ExecId } from '../../domain/events/ids.ts';
import type { SensorRecord } from '../../domain/sensor/observation.ts';
import { type AnalysisStore, AnalysisStoreUnavailable, PartitionsLost } from '../../ports/analysis-store.ts';
import { postgresPool } from '../postgres-pool.ts';
import { endBlindSpans } from './blind-spans.ts';
import { claimPartition, holdClaims, readBaselines, writeCheckpoint } from './checkpoint.ts';
import { drainChanges, trimChanges, waitingChanges } from './outbox.ts';
import { recordFindings } from './record.ts';
import { watchSilence } from './silence.ts';

export interface PostgresAnalysisStoreConfig {
  /** `postgres://user:password@host:port/database` */
  readonly url: string;
  /** Told of connections that broke while nobody used them. */
  readonly onIdleError?: (error: Error) => void;
}

export function postgresAnalysisStore(config: PostgresAnalysisStoreConfig): AnalysisStore {
  // An analysis that is frozen within a transaction must not keep its partitions' next owner waiting for its locks.
  const timeouts = { statement_timeout: 30_000, query_timeout: 35_000, idle_in_transaction_session_timeout: 10_000 };
  const connection = { connectionString: config.url, application_name: 'picket-analysis' };
  const pool = postgresPool({ ...connection, ...timeouts, max: 4 }, config.onIdleError);

  async function inTransaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await pool.connect();
    let broken = true;
    try {
      await client.query('BEGIN');
      const result = await work(client);
      await client.query('COMMIT');
      broken = false;
      return result;
    } catch (error) {
      broken = await client.query('ROLLBACK').then(
        () => false,
        () => true,
      );
      throw error;
    } finally {
      client.release(broken);
    }
  }

  return {
    outbox: {
      async drain(most, publish) {
        // What the bus says is not the store's: it goes through as it is.
        let refused: { readonly error: unknown } | undefined;
        const guarded: typeof publish = changes =>
          publish(changes).catch((error: unknown) => {
            refused = { error };
            throw error;
          });
        try {
          return await available(() => inTransaction(client => drainChanges(client, most, guarded)));
        } catch (error) {
          throw refused === undefined ? error : refused.error;
        }
      },
      trim: bound => available(() => trimChanges(pool, bound)),
      length: () => available(() => waitingChanges(pool)),
    },

    claim: partition => available(() => inTransaction(client => claimPartition(client, partition))),

    position: partition =>
      available(async () => {
        const { rows } = await pool.query<{ offset: string }>(
          'SELECT "offset" FROM analysis_positions WHERE partition = $1 AND "offset" >= 0',
          [partition],
        );
        return rows[0] && Number(rows[0].offset);
      }),

    endpoints: endpoints =>
      available(async () => {
        const { rows } = await pool.query<{
          endpoint: EndpointId;
          watermarks: Record<string, number>;
          recent: RecentExec[];
          suspects: ExecId[];
          sensor: SensorRecord | null;
          baselines: string;
        }>(
          `SELECT endpoint_id AS endpoint, watermarks, recent, suspects, sensor,
                  (SELECT count(*) FROM baselines b WHERE b.endpoint_id = a.endpoint_id) AS baselines
             FROM analysis_endpoints a WHERE endpoint_id = ANY($1::uuid[])`,
          [endpoints],
        );
        return rows.map(row => ({ ...row, sensor: row.sensor ?? undefined, baselines: Number(row.baselines) }));
      }),

    baselines: keys => available(() => readBaselines(pool, keys)),
    checkpoint: checkpoint => available(() => inTransaction(client => writeCheckpoint(client, checkpoint))),
    record: (findings, epochs = new Map()) =>
      available(() =>
        inTransaction(async client => {
          await holdClaims(client, epochs);
          return recordFindings(client, findings);
        }),
      ),

    recover: recoveries => available(() => inTransaction(client => endBlindSpans(client, recoveries))),
    watchSilence: (now, judge) => available(() => inTransaction(client => watchSilence(client, now, judge))),

    prevalence: (family, program, value) =>
      available(async () => {
        const { rows } = await pool.query<{ endpoints: string; of: string }>(
          `SELECT count(*) FILTER (WHERE EXISTS (SELECT FROM baseline_entries e WHERE e.baseline_id = b.id AND e.value = $3)) AS endpoints,
                  (SELECT count(*) FROM endpoints WHERE last_seen_at IS NOT NULL) AS of
             FROM baselines b WHERE family = $1 AND program = $2`,
          [family, program, value],
        );
        const [row] = rows;
        return { endpoints: Number(row!.endpoints), of: Math.max(Number(row!.of), 1) };
      }),

    close: () => pool.end(),
  };
}

/**
 * Connection lost or refused, server starting or stopping, resources short (disk full), deadlock, timeouts, a transaction that
 * was ended because we did not go on with it (25P03); and two analyses that made the same alert at once, as when a partition
 * changes hands: the second finds it when it tries again.
 */
const passing = /^(?:08|53|57|58|40|25P03|55P03|23505)/;

async function available<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof pg.DatabaseError && !passing.test(error.code ?? '')) throw error;
    if (error instanceof TypeError || error instanceof RangeError || error instanceof PartitionsLost) throw error;
    throw new AnalysisStoreUnavailable(`PostgreSQL does not answer: ${(error as Error).message}`, { cause: error });
  }
}
