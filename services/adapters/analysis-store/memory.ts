/** The analysis store in memory: for benches and for tests of what uses a store. It keeps the same contract as PostgreSQL. */

import { randomUUID } from 'node:crypto';
import type { Finding } from '../../domain/alerts/finding.ts';
import { type AlertState, after, join } from '../../domain/alerts/join.ts';
import type { BaselineKey, BaselineRecord, Entry } from '../../domain/baselines/baseline.ts';
import { type EndpointId, type Micros, micros } from '../../domain/events/ids.ts';
import type { AlertChange } from '../../ports/alert-outbox.ts';
import {
  type AnalysisStore,
  type EndpointRecord,
  PartitionsLost,
  type Place,
  type Recorded,
} from '../../ports/analysis-store.ts';
import { instantOf } from '../../ports/instant.ts';

export interface MemoryAlert {
  readonly id: string;
  state: AlertState;
  readonly first: Finding;
  lastSeenAt: Micros;
  count: number;
}

export interface MemoryAnalysisStore extends AnalysisStore {
  readonly alerts: ReadonlyMap<string, MemoryAlert>;
}

const keyOf = ({ endpoint, family, program }: BaselineKey) => `${endpoint}/${family}/${program}`;

/** `endpoints` are those that were added; findings and baselines of others are left out. */
export function memoryAnalysisStore(known: ReadonlySet<EndpointId>): MemoryAnalysisStore {
  const positions = new Map<number, Place>();
  const epochs = new Map<number, number>();
  const endpoints = new Map<EndpointId, EndpointRecord>();
  const baselines = new Map<string, { record: BaselineRecord; entries: Map<string, Entry> }>();
  const alerts = new Map<string, MemoryAlert>();
  let outbox: AlertChange[] = [];
  let draining = false;
  const ofEndpoint = (endpoint: EndpointId) =>
    [...baselines.values()].filter(({ record }) => record.endpoint === endpoint);

  const requireClaims = (partitions: Iterable<number>, claimed: ReadonlyMap<number, number>) => {
    const lost = [...partitions].filter(key => (epochs.get(key) ?? 0) !== (claimed.get(key) ?? 0));
    if (lost.length > 0) throw new PartitionsLost(lost);
  };

  return {
    alerts,
    outbox: {
      async drain(most, publish) {
        if (draining || outbox.length === 0) return 0;
        draining = true;
        try {
          const oldest = outbox.slice(0, most);
          await publish(oldest);
          outbox = outbox.filter(change => !oldest.includes(change));
          return oldest.length;
        } finally {
          draining = false;
        }
      },
      async trim(bound) {
        const before = outbox.length;
        outbox = outbox.slice(Math.max(before - bound, 0));
        return before - outbox.length;
      },
      length: async () => outbox.length,
    },
    async claim(partition) {
      const epoch = (epochs.get(partition) ?? 0) + 1;
      epochs.set(partition, epoch);
      return { epoch, position: positions.get(partition) };
    },
    position: async partition => positions.get(partition)?.offset,
    async endpoints(asked) {
      const records = asked.map(endpoint => endpoints.get(endpoint)).filter(record => record !== undefined);
      return structuredClone(records.map(record => ({ ...record, baselines: ofEndpoint(record.endpoint).length })));
    },
    async baselines(keys) {
      const stored = keys.map(key => baselines.get(keyOf(key))).filter(baseline => baseline !== undefined);
      return structuredClone(stored.map(({ record, entries }) => ({ record, entries: [...entries] })));
    },
    async checkpoint(checkpoint) {
      const { positions: passed, endpoints: states, baselines: changes } = structuredClone(checkpoint);
      requireClaims(passed.keys(), checkpoint.epochs);
      for (const [partition, place] of passed) positions.set(partition, place);
      for (const state of states) if (known.has(state.endpoint)) endpoints.set(state.endpoint, state);
      for (const { record, removed, written } of changes) {
        if (!known.has(record.endpoint)) continue;
        const entries = baselines.get(keyOf(record))?.entries ?? new Map<string, Entry>();
        for (const value of removed) entries.delete(value);
        for (const [value, entry] of written) entries.set(value, entry);
        baselines.set(keyOf(record), { record, entries });
      }
    },
    async record(findings, claimed = new Map()) {
      requireClaims(claimed.keys(), claimed);
      const changed = new Map<MemoryAlert, AlertChange['change']>();
      const outcomes = findings.map((finding): Recorded => {
        if (!known.has(finding.endpoint)) return 'unknown-endpoint';
        const key = [finding.endpoint, finding.detector, finding.program, finding.deviation].join('\n');
        const alert = alerts.get(key);
        const joined = join(alert?.state, finding);
        if (joined === 'replayed') return joined;
        const state = after(alert?.state, finding, joined);
        const now: MemoryAlert = alert ?? {
          id: randomUUID(),
          state,
          first: finding,
          lastSeenAt: finding.time,
          count: 0,
        };
        now.state = state;
        now.lastSeenAt = micros(Math.max(now.lastSeenAt, finding.time));
        now.count += finding.count;
        alerts.set(key, now);
        if (state.status !== 'closed' && (joined !== 'counted' || !changed.has(now))) changed.set(now, joined);
        return joined;
      });
      for (const [alert, change] of changed) outbox.push(told(alert, change));
      return outcomes;
    },
    recover: async () => undefined,
    watchSilence: async () => [],
    async prevalence(family, program, value) {
      const having = [...baselines.values()].filter(
        ({ record, entries }) => record.family === family && record.program === program && entries.has(value),
      );
      return { endpoints: having.length, of: Math.max(endpoints.size, 1) };
    },
    close: async () => undefined,
  };
}

function told({ id, first, lastSeenAt, count }: MemoryAlert, change: AlertChange['change']): AlertChange {
  const { endpoint, detector, title, severity, techniques, program, deviation, evidence, execId, time } = first;
  return {
    id: randomUUID(),
    change,
    at: instantOf(lastSeenAt),
    alert: {
      ...{ id, endpoint: { id: endpoint, name: endpoint }, detector, title, severity, techniques: [...techniques] },
      ...{ program, deviation, reason: evidence.reason, execId, count },
      ...{ firstSeenAt: instantOf(time), lastSeenAt: instantOf(lastSeenAt) },
    },
  };
}
