/** What the analysis keeps: its place and what it learned, a checkpoint at a time, and the findings. Adapter: PostgreSQL. */

import type { Finding } from '../domain/alerts/finding.ts';
import type { BaselineFamily, BaselineKey, BaselineRecord, Entry } from '../domain/baselines/baseline.ts';
import type { RecentExec } from '../domain/detectors/recent-execs.ts';
import type { EndpointId, ExecId, Micros } from '../domain/events/ids.ts';
import type { SensorRecord } from '../domain/sensor/observation.ts';
import type { Recovery } from '../domain/sensor/observe.ts';
import type { Heard, Reception } from '../domain/sensor/silent.ts';
import type { AlertOutbox } from './alert-outbox.ts';

/** What the analysis knows of an endpoint besides its baselines. */
export interface EndpointRecord {
  readonly endpoint: EndpointId;
  /** Last sequence number analysed, per stream. */
  readonly watermarks: Readonly<Record<string, number>>;
  readonly recent: readonly RecentExec[];
  /** Processes with a grave finding: neither they nor their descendants are learned from. Oldest first. */
  readonly suspects: readonly ExecId[];
  /** Undefined until an agent said when its batch was made. */
  readonly sensor: SensorRecord | undefined;
}

export interface StoredEndpoint extends EndpointRecord {
  /** Number of baselines that the endpoint has. */
  readonly baselines: number;
}

export interface StoredBaseline {
  readonly record: BaselineRecord;
  readonly entries: readonly (readonly [value: string, entry: Entry])[];
}

export interface BaselineChange {
  readonly record: BaselineRecord;
  /** Removed before the others are written. */
  readonly removed: readonly string[];
  readonly written: readonly (readonly [value: string, entry: Entry])[];
}

/** A message of a partition of the bus. */
export interface Place {
  readonly offset: number;
  /** Of the message; undefined where the place was kept before there was such a thing. */
  readonly digest: string | undefined;
}

/** One step of the analysis: all of it is kept, or nothing. */
export interface Checkpoint {
  /** The last message that is in here, per partition of the bus. */
  readonly positions: ReadonlyMap<number, Place>;
  /** By what claim each of these partitions is this analysis'; 0 where nobody ever claimed it. */
  readonly epochs: ReadonlyMap<number, number>;
  readonly endpoints: readonly EndpointRecord[];
  readonly baselines: readonly BaselineChange[];
}

export interface Claim {
  readonly epoch: number;
  /** The last message that a checkpoint holds. */
  readonly position: Place | undefined;
}

export type Recorded = 'created' | 'counted' | 'reopened' | 'replayed' | 'unknown-endpoint';

export type JudgeSilence = (heard: Heard, receptions: readonly Reception[]) => Finding | undefined;

export interface AnalysisStore {
  /** What `record` and `watchSilence` did to alerts, one change for each alert and call. */
  readonly outbox: AlertOutbox;
  /** Takes the partition over: from now on checkpoints by an earlier claim are refused. */
  claim(partition: number): Promise<Claim>;
  /** Offset of the last message of the partition that a checkpoint holds. */
  position(partition: number): Promise<number | undefined>;
  /** Those of them that were ever checkpointed. */
  endpoints(endpoints: readonly EndpointId[]): Promise<StoredEndpoint[]>;
  /** Those that exist. */
  baselines(keys: readonly BaselineKey[]): Promise<StoredBaseline[]>;
  /**
   * What belongs to an endpoint that was removed meanwhile is left out. Rejects with `PartitionsLost`, having written nothing,
   * where another has claimed one of the partitions.
   */
  checkpoint(checkpoint: Checkpoint): Promise<void>;
  /**
   * Joins each finding to its alert and announces changed alerts on the channel `alerts`; gives the outcome of each. A finding
   * that was counted before (one of its alert's last streams, not a later sequence number) is `replayed` and changes nothing. Rejects with
   * `PartitionsLost`, having recorded nothing, where another has claimed one of the partitions of `epochs` since.
   */
  record(findings: readonly Finding[], epochs?: ReadonlyMap<number, number>): Promise<Recorded[]>;
  /** Ends the blind times of these detectors that began before and have no end yet. */
  recover(recoveries: readonly Recovery[]): Promise<void>;
  /**
   * Asks `judge` of each endpoint that was not heard lately and is not known to be silent, and records what it finds; ends the
   * silence of those that were heard again, and says what it was once a heartbeat tells. Of several instances one at a time does
   * it, and a silence is found once.
   */
  watchSilence(now: Micros, judge: JudgeSilence): Promise<Recorded[]>;
  /** How many endpoints have the program's value in their baselines, as of the last checkpoint. */
  prevalence(family: BaselineFamily, program: string, value: string): Promise<{ endpoints: number; of: number }>;
  close(): Promise<void>;
}

/** The store does not answer now; the same call may succeed later. */
export class AnalysisStoreUnavailable extends Error {
  override readonly name = 'AnalysisStoreUnavailable';
}

/** Another analysis has taken these partitions over: what this one knows of them is old. */
export class PartitionsLost extends Error {
  override readonly name = 'PartitionsLost';
  readonly partitions: readonly number[];

  constructor(partitions: readonly number[]) {
    super(`another analysis has claimed partition ${partitions.join(', ')}`);
    this.partitions = partitions;
  }
}
