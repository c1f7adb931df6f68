/** The endpoints and baselines in memory. The store has them all; those long unused are dropped once they are checkpointed. */

import { getHeapStatistics } from 'node:v8';
import { Baseline, type BaselineKey } from '../domain/baselines/baseline.ts';
import type { BaselinePolicy } from '../domain/baselines/policy.ts';
import type { EndpointId, Micros } from '../domain/events/ids.ts';
import type { Checkpoint, StoredBaseline, StoredEndpoint } from '../ports/analysis-store.ts';
import { EndpointState } from './endpoint-state.ts';

export interface ResidentLimits {
  /** Entries of all baselines in memory. */
  readonly entries: number;
  readonly endpoints: number;
  /** Baselines that one endpoint may have: a host that invents programs fills no disk. */
  readonly baselinesPerEndpoint: number;
}

/** What one takes of the heap, in bytes: an entry by `bench analysis`, an endpoint with its executions and their arguments. */
const bytesOf = { entry: 500, endpoint: 25_000 };

/**
 * A third of the heap at most, whatever the machine or the container gives it. What is not in memory is asked for at the next
 * submission, and where endpoints come by turns, one too many means that each of them is.
 */
export const limitsWithin = (heapBytes: number): ResidentLimits => ({
  entries: Math.floor(heapBytes / 4 / bytesOf.entry),
  endpoints: Math.floor(heapBytes / 12 / bytesOf.endpoint),
  baselinesPerEndpoint: 5_000,
});

export const defaultLimits = limitsWithin(getHeapStatistics().heap_size_limit);

const keyText = ({ endpoint, family, program }: BaselineKey) => `${endpoint}/${family}/${program}`;

export class Residents {
  readonly #policy: BaselinePolicy;
  readonly #limits: ResidentLimits;
  /** Least recently used first. */
  readonly #endpoints = new Map<EndpointId, EndpointState>();
  readonly #baselines = new Map<string, Baseline>();
  /** By which partition of the bus an endpoint's events come. */
  readonly #partitions = new Map<EndpointId, number>();
  /** How many baselines of an endpoint are in memory. */
  readonly #held = new Map<EndpointId, number>();
  /** Asked of the store, which has none. */
  readonly #absent = new Set<string>();

  constructor(policy: BaselinePolicy, limits: ResidentLimits = defaultLimits) {
    this.#policy = policy;
    this.#limits = limits;
  }

  hasEndpoint(endpoint: EndpointId): boolean {
    return this.#endpoints.has(endpoint);
  }

  /** Those that neither are in memory nor are known to be new. */
  missing(keys: readonly BaselineKey[]): BaselineKey[] {
    return keys.filter(key => {
      const text = keyText(key);
      return !this.#baselines.has(text) && !this.#isAbsent(text, key.endpoint);
    });
  }

  /** An endpoint of which everything is in memory has nothing else, and most endpoints are such: nobody needs to ask. */
  #isAbsent(text: string, endpoint: EndpointId): boolean {
    const state = this.#endpoints.get(endpoint);
    return (state !== undefined && this.#heldOf(endpoint) >= state.baselines) || this.#absent.has(text);
  }

  #heldOf(endpoint: EndpointId): number {
    return this.#held.get(endpoint) ?? 0;
  }

  #hold(text: string, baseline: Baseline): void {
    if (!this.#baselines.has(text)) this.#held.set(baseline.endpoint, this.#heldOf(baseline.endpoint) + 1);
    this.#baselines.set(text, baseline);
  }

  #drop(text: string, { endpoint }: Baseline): void {
    this.#baselines.delete(text);
    const left = this.#heldOf(endpoint) - 1;
    if (left > 0) this.#held.set(endpoint, left);
    else this.#held.delete(endpoint);
  }

  admitEndpoint(endpoint: EndpointId, stored: StoredEndpoint | undefined, partition: number): void {
    this.#partitions.set(endpoint, partition);
    this.#endpoints.set(endpoint, new EndpointState(endpoint, stored));
  }

  /** `asked` are the keys that `stored` answers: those without an answer are new. */
  admit(asked: readonly BaselineKey[], stored: readonly StoredBaseline[]): void {
    for (const { record, entries } of stored) {
      this.#hold(keyText(record), Baseline.restore(record, entries, this.#policy));
    }
    for (const key of asked) if (!this.#baselines.has(keyText(key))) this.#absent.add(keyText(key));
  }

  endpoint(endpoint: EndpointId): EndpointState {
    const state = this.#endpoints.get(endpoint);
    if (!state) throw new Error(`endpoint ${endpoint} was not admitted before its batch was analysed`);
    this.#endpoints.delete(endpoint);
    this.#endpoints.set(endpoint, state);
    return state;
  }

  /** The baseline, where it exists. */
  known(key: BaselineKey): Baseline | undefined {
    const text = keyText(key);
    const baseline = this.#baselines.get(text);
    if (!baseline) {
      if (!this.#isAbsent(text, key.endpoint))
        throw new Error(`baseline ${text} was not admitted before its batch was analysed`);
      return undefined;
    }
    this.#baselines.delete(text);
    this.#baselines.set(text, baseline);
    return baseline;
  }

  /** The baseline, made where it is new; `undefined` where the endpoint has too many. */
  baseline(key: BaselineKey, time: Micros): Baseline | undefined {
    const known = this.known(key);
    if (known) return known;
    const state = this.#endpoints.get(key.endpoint)!;
    if (state.baselines >= this.#limits.baselinesPerEndpoint) return undefined;
    state.baselines++;
    const baseline = new Baseline(key, time, this.#policy);
    this.#absent.delete(keyText(key));
    this.#hold(keyText(key), baseline);
    return baseline;
  }

  /** Everything that changed since the last call, copied: it may be written while the analysis goes on. */
  takeChanges(): Omit<Checkpoint, 'positions' | 'epochs'> {
    const endpoints = [...this.#endpoints.values()].filter(state => state.changed);
    const baselines = [...this.#baselines.values()].filter(baseline => baseline.changed);
    const changes = {
      endpoints: endpoints.map(state => state.record()),
      baselines: baselines.map(baseline => ({
        record: recordOf(baseline),
        removed: [...baseline.removedEntries],
        written: [...baseline.changedEntries].map(value => [value, { ...baseline.entries.get(value)! }] as const),
      })),
    };
    for (const state of endpoints) state.changed = false;
    for (const baseline of baselines) {
      baseline.changed = false;
      baseline.changedEntries.clear();
      baseline.removedEntries.clear();
    }
    return changes;
  }

  /** The changes were not written after all: they are changes still. */
  putBack(changes: Omit<Checkpoint, 'positions' | 'epochs'>): void {
    for (const { endpoint } of changes.endpoints) {
      const state = this.#endpoints.get(endpoint);
      if (state) state.changed = true;
    }
    for (const { record, removed, written } of changes.baselines) {
      const baseline = this.#baselines.get(keyText(record));
      if (!baseline) continue;
      baseline.changed = true;
      for (const value of removed) baseline.removedEntries.add(value);
      for (const [value] of written) {
        if (baseline.entries.has(value)) baseline.changedEntries.add(value);
        else baseline.removedEntries.add(value);
      }
    }
  }

  /** After a checkpoint: drops what was not used for longest, down to the limits, and only what has not changed since. */
  shrink(): void {
    if (this.#absent.size > 100_000) this.#absent.clear();
    let entries = this.size.entries;
    for (const [text, baseline] of this.#baselines) {
      if (entries <= this.#limits.entries) break;
      if (baseline.changed) continue;
      this.#drop(text, baseline);
      entries -= baseline.entries.size + 1;
    }
    for (const [endpoint, state] of this.#endpoints) {
      if (this.#endpoints.size <= this.#limits.endpoints) break;
      if (!state.changed) this.#endpoints.delete(endpoint);
    }
  }

  /** Forgets what belongs to endpoints of these partitions: somebody else may have gone on with them. */
  forget(partitions: readonly number[]): void {
    const gone = new Set<string>();
    for (const [endpoint, partition] of this.#partitions) {
      if (!partitions.includes(partition)) continue;
      gone.add(endpoint);
      this.#partitions.delete(endpoint);
      this.#endpoints.delete(endpoint);
      this.#held.delete(endpoint);
    }
    const belongs = (text: string) => gone.has(text.slice(0, text.indexOf('/')));
    for (const text of this.#baselines.keys()) if (belongs(text)) this.#baselines.delete(text);
    for (const text of this.#absent) if (belongs(text)) this.#absent.delete(text);
  }

  get size(): { endpoints: number; baselines: number; entries: number } {
    let entries = 0;
    for (const baseline of this.#baselines.values()) entries += baseline.entries.size + 1;
    return { endpoints: this.#endpoints.size, baselines: this.#baselines.size, entries };
  }
}

function recordOf(baseline: Baseline): StoredBaseline['record'] {
  const { endpoint, family, program, phase, unbounded, observations, distinct, unseenProbability, activeMinutes } =
    baseline;
  const { firstSeenAt, lastSeenAt, enforcedAt, deviations } = baseline;
  const counts = { observations, distinct, unseenProbability, activeMinutes };
  return { endpoint, family, program, phase, unbounded, ...counts, firstSeenAt, lastSeenAt, enforcedAt, deviations };
}
