/** What the analysis holds of one endpoint besides its baselines; all of it is checkpointed. */

import { RecentExecs } from '../domain/detectors/recent-execs.ts';
import type { EndpointId, ExecId, StreamId } from '../domain/events/ids.ts';
import type { SensorRecord } from '../domain/sensor/observation.ts';
import type { EndpointRecord, StoredEndpoint } from '../ports/analysis-store.ts';

const suspectsKept = 256;
const streamsKept = 16;

export class EndpointState {
  readonly endpoint: EndpointId;
  readonly recent: RecentExecs;
  /** Number of baselines, to bound them. */
  baselines: number;
  changed = false;
  #sensor: SensorRecord | undefined;
  readonly #watermarks: Map<string, number>;
  readonly #suspects: Set<ExecId>;

  constructor(endpoint: EndpointId, stored: StoredEndpoint | undefined) {
    this.endpoint = endpoint;
    this.recent = new RecentExecs(stored?.recent);
    this.baselines = stored?.baselines ?? 0;
    this.#watermarks = new Map(Object.entries(stored?.watermarks ?? {}));
    this.#suspects = new Set(stored?.suspects);
    this.#sensor = stored?.sensor;
  }

  get sensor(): SensorRecord | undefined {
    return this.#sensor;
  }

  set sensor(record: SensorRecord) {
    this.#sensor = record;
    this.changed = true;
  }

  get hasSuspects(): boolean {
    return this.#suspects.size > 0;
  }

  isSuspect(process: ExecId): boolean {
    return this.#suspects.has(process);
  }

  /** Neither it nor its descendants are learned from. */
  suspect(process: ExecId): void {
    this.#suspects.add(process);
    for (const oldest of this.#suspects) {
      if (this.#suspects.size <= suspectsKept) break;
      this.#suspects.delete(oldest);
    }
    this.changed = true;
  }

  /**
   * Takes the numbers [first, first + length) of a stream: from which index on they are new, how many are missing before, and
   * whether the batch, which may be empty, tells nothing new: a later one of its stream or of another was there before.
   */
  advance(stream: StreamId, first: number, length: number): { from: number; missing: number; isOld: boolean } {
    const seen = this.#watermarks.get(stream);
    const from = seen === undefined ? 0 : Math.min(Math.max(seen + 1 - first, 0), length);
    if (from < length) {
      this.#watermarks.delete(stream);
      this.#watermarks.set(stream, first + length - 1);
      for (const oldest of this.#watermarks.keys()) {
        if (this.#watermarks.size <= streamsKept) break;
        this.#watermarks.delete(oldest);
      }
      this.changed = true;
    }
    const isAnother = this.#sensor !== undefined && this.#sensor.stream !== stream;
    const isOld = seen !== undefined && from === length && (first <= seen || isAnother);
    return { from, missing: seen === undefined ? 0 : Math.max(first - seen - 1, 0), isOld };
  }

  record(): EndpointRecord {
    return {
      endpoint: this.endpoint,
      watermarks: Object.fromEntries(this.#watermarks),
      recent: [...this.recent.snapshot()],
      suspects: [...this.#suspects],
      sensor: this.#sensor,
    };
  }
}
