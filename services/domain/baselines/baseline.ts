/**
 * What one program of one endpoint normally does: values (generalised paths, or child programs) with how often.
 *
 * Life: learning -> saturated -> enforced, by how likely the next occasion is to be new (good-turing.ts, policy.ts). An occasion
 * is a value in a minute: a program that opens one file a thousand times in a loop has said it once. While it learns, a new value
 * is an entry; once it is enforced, a new value deviates and is not learned. What a suspect process does is never learned.
 *
 * Folders fold: under one where the program used many different names (a cache, a mail spool, a source tree) every name is
 * usual, and one entry `read /var/cache/x/**` stands for all. So open-ended programs converge too, and entries stay few.
 */

import type { EndpointId, Micros } from '../events/ids.ts';
import { folderOf } from './generalise.ts';
import { unseen } from './good-turing.ts';
import { mayFold } from './places.ts';
import type { BaselinePolicy } from './policy.ts';
import { closest } from './similarity.ts';

export const families = ['file', 'lineage'] as const;
export type BaselineFamily = (typeof families)[number];
export type BaselinePhase = 'learning' | 'saturated' | 'enforced';

export interface BaselineKey {
  readonly endpoint: EndpointId;
  readonly family: BaselineFamily;
  readonly program: string;
}

export interface Entry {
  /** Minutes in which the value was seen. */
  count: number;
  readonly firstSeenAt: Micros;
  /** Start of the newest occasion. */
  lastSeenAt: Micros;
}

/** All of a baseline but its entries, as it is stored. */
export interface BaselineRecord extends BaselineKey {
  readonly phase: BaselinePhase;
  readonly unbounded: boolean;
  readonly observations: number;
  readonly distinct: number;
  readonly unseenProbability: number;
  readonly activeMinutes: number;
  readonly firstSeenAt: Micros;
  readonly lastSeenAt: Micros;
  readonly enforcedAt: Micros | undefined;
  readonly deviations: Deviations;
}

/** Folders that deviated since `since`. */
interface Deviations {
  readonly since: number;
  readonly folders: readonly string[];
}

export type Observed = 'usual' | 'learned' | 'deviates' | 'ignored';

const occasion = 60_000_000;
const folded = '/**';
const mostCovered = 500;

export class Baseline implements BaselineRecord {
  readonly endpoint: EndpointId;
  readonly family: BaselineFamily;
  readonly program: string;
  phase: BaselinePhase = 'learning';
  unbounded = false;
  observations = 0;
  unseenProbability = 1;
  activeMinutes = 0;
  firstSeenAt: Micros;
  lastSeenAt: Micros;
  enforcedAt: Micros | undefined = undefined;
  deviations: Deviations = { since: 0, folders: [] };
  readonly entries = new Map<string, Entry>();
  /** Since the last checkpoint: the baseline itself changed, entries to remove, and then entries to write. */
  changed = true;
  readonly changedEntries = new Set<string>();
  readonly removedEntries = new Set<string>();

  /** Different names known right under a folder. */
  readonly #names = new Map<string, number>();
  /** A cache: the entry of the folded folder above a value that has been asked for. */
  readonly #coveredBy = new Map<string, string>();
  readonly #policy: BaselinePolicy;
  #once = 0;
  #twice = 0;

  constructor(key: BaselineKey, firstSeenAt: Micros, policy: BaselinePolicy) {
    this.endpoint = key.endpoint;
    this.family = key.family;
    this.program = key.program;
    this.firstSeenAt = firstSeenAt;
    this.lastSeenAt = firstSeenAt;
    this.#policy = policy;
  }

  static restore(
    record: BaselineRecord,
    entries: Iterable<readonly [string, Entry]>,
    policy: BaselinePolicy,
  ): Baseline {
    const baseline = new Baseline(record, record.firstSeenAt, policy);
    baseline.phase = record.phase;
    baseline.unbounded = record.unbounded;
    baseline.observations = record.observations;
    baseline.unseenProbability = record.unseenProbability;
    baseline.activeMinutes = record.activeMinutes;
    baseline.lastSeenAt = record.lastSeenAt;
    baseline.enforcedAt = record.enforcedAt;
    baseline.deviations = record.deviations;
    baseline.changed = false;
    for (const [value, entry] of entries) {
      baseline.entries.set(value, { ...entry });
      baseline.#countName(value);
      if (entry.count === 1) baseline.#once++;
      else if (entry.count === 2) baseline.#twice++;
    }
    return baseline;
  }

  get distinct(): number {
    return this.entries.size;
  }

  /** `learn` is false for what looks like an attack. */
  observe(value: string, time: Micros, learn: boolean): Observed {
    let known = value;
    let entry = this.entries.get(value);
    if (!entry) {
      known = this.#coveredBy.get(value) ?? this.#covering(value) ?? value;
      entry = this.entries.get(known);
    }
    if (entry) {
      if (learn) this.#count(known, entry, time);
      return 'usual';
    }
    if (this.phase === 'enforced') return 'deviates';
    if (!learn || this.unbounded) return 'ignored';
    this.#learn(value, time);
    return 'learned';
  }

  /** The most similar usual values with their counts, best first. */
  nearest(value: string, limit: number): { value: string; count: number }[] {
    return closest(value, this.entries.keys(), limit).map(usual => ({
      value: usual,
      count: this.entries.get(usual)!.count,
    }));
  }

  /** Notes a deviation in `folder`; tells whether so many folders deviate at once that they are one thing. */
  deviatesWidely(folder: string, time: Micros): boolean {
    const { since, folders } = this.deviations;
    const fresh = time - since > this.#policy.deviationWindow;
    if (!fresh && folders.length > this.#policy.deviatingFolders) return true;
    if (!fresh && folders.includes(folder)) return false;
    this.deviations = fresh ? { since: time, folders: [folder] } : { since, folders: [...folders, folder] };
    this.changed = true;
    return this.deviations.folders.length > this.#policy.deviatingFolders;
  }

  /** The entry of a folded folder above the value. */
  #covering(value: string): string | undefined {
    if (this.family !== 'file') return undefined;
    for (let folder = folderOf(value); folder.includes('/'); folder = folderOf(folder)) {
      const entry = folder + folded;
      if (!this.entries.has(entry) || !mayFold(folder, value)) continue;
      if (this.#coveredBy.size >= mostCovered) this.#coveredBy.clear();
      this.#coveredBy.set(value, entry);
      return entry;
    }
    return undefined;
  }

  #learn(value: string, time: Micros): void {
    this.entries.set(value, { count: 0, firstSeenAt: time, lastSeenAt: (time - occasion) as Micros });
    this.#count(value, this.entries.get(value)!, time);
    const crowded = this.#countName(value);
    if (crowded !== undefined) this.#fold(crowded);
    if (this.entries.size > this.#policy.entries) this.#giveUp();
  }

  #count(value: string, entry: Entry, time: Micros): void {
    // A clock that was set back must not silence a value until it has caught up.
    if (Math.abs(time - entry.lastSeenAt) < occasion) return;
    entry.count++;
    entry.lastSeenAt = time;
    if (entry.count === 1) this.#once++;
    else if (entry.count === 2) {
      this.#once--;
      this.#twice++;
    } else if (entry.count === 3) this.#twice--;
    this.observations++;
    if (this.activeMinutes === 0 || Math.abs(time - this.lastSeenAt) >= occasion) {
      this.activeMinutes++;
      this.lastSeenAt = time;
    }
    this.changedEntries.add(value);
    this.#grow(time);
  }

  #grow(time: Micros): void {
    this.changed = true;
    const { probability, upper } = unseen(this.observations, this.#once, this.#twice);
    this.unseenProbability = probability;
    if (this.phase === 'enforced' || this.unbounded) return;
    const { enforcedBelow, enforcedMinutes, enforcedSpan, saturatedBelow } = this.#policy;
    if (upper <= enforcedBelow && this.activeMinutes >= enforcedMinutes && time - this.firstSeenAt >= enforcedSpan) {
      this.phase = 'enforced';
      this.enforcedAt = time;
    } else this.phase = upper <= saturatedBelow ? 'saturated' : 'learning';
  }

  /** Counts the value as a name in its folder, and new folders in theirs; gives the outermost folder that is crowded now. */
  #countName(value: string): string | undefined {
    if (this.family !== 'file') return undefined;
    let crowded: string | undefined;
    for (let folder = folderOf(value); folder.includes('/'); folder = folderOf(folder)) {
      const names = (this.#names.get(folder) ?? 0) + 1;
      this.#names.set(folder, names);
      if (names > this.#policy.namesPerFolder && mayFold(folder, value)) crowded = folder;
      if (names > 1) break;
    }
    return crowded;
  }

  /** One entry for all that is below the folder. */
  #fold(folder: string): void {
    let count = 0;
    let firstSeenAt = Number.POSITIVE_INFINITY;
    let lastSeenAt = 0;
    for (const [value, entry] of this.entries) {
      if (!value.startsWith(`${folder}/`) || !mayFold(folder, value)) continue;
      count += entry.count;
      firstSeenAt = Math.min(firstSeenAt, entry.firstSeenAt);
      lastSeenAt = Math.max(lastSeenAt, entry.lastSeenAt);
      this.#drop(value, entry);
    }
    const value = folder + folded;
    this.#coveredBy.clear();
    this.entries.set(value, { count, firstSeenAt: firstSeenAt as Micros, lastSeenAt: lastSeenAt as Micros });
    if (count === 1) this.#once++;
    else if (count === 2) this.#twice++;
    this.changedEntries.add(value);
    this.#names.clear();
    for (const kept of this.entries.keys()) this.#countName(kept);
  }

  #drop(value: string, entry: Entry): void {
    if (entry.count === 1) this.#once--;
    else if (entry.count === 2) this.#twice--;
    this.entries.delete(value);
    this.changedEntries.delete(value);
    this.removedEntries.add(value);
  }

  #giveUp(): void {
    this.unbounded = true;
    this.phase = 'learning';
    this.unseenProbability = 1;
    this.#forgetEntries();
  }

  #forgetEntries(): void {
    for (const [value, entry] of this.entries) this.#drop(value, entry);
    this.#names.clear();
    this.#coveredBy.clear();
  }

  /** The program itself was replaced (a package's new version): everything is learned anew. */
  relearn(time: Micros): void {
    this.#forgetEntries();
    this.phase = 'learning';
    this.unbounded = false;
    this.observations = 0;
    this.unseenProbability = 1;
    this.activeMinutes = 0;
    this.firstSeenAt = time;
    this.lastSeenAt = time;
    this.enforcedAt = undefined;
    this.changed = true;
  }
}
