/**
 * The analysis as a state machine without I/O or clock: batches go in, findings come out, what it learned can be asked for and
 * given back. The same batches after the same state give the same findings: that is what makes a replay after a crash exact.
 *
 * A batch is analysed in two steps, so that what it needs can be fetched in between:
 *   view(batch).baselines()   which baselines it touches; those and the endpoint are to be admitted to the residents
 *   analyse(view)
 */

import { EventKind } from '@picket/proto';
import { assemble } from '../domain/alerts/assemble.ts';
import type { Evidence } from '../domain/alerts/finding.ts';
import type { Baseline } from '../domain/baselines/baseline.ts';
import { isRead, isTruncated, isWrite } from '../domain/detectors/access.ts';
import {
  type AnyDetector,
  ask,
  type Context,
  type Description,
  type Detector,
  type Found,
} from '../domain/detectors/detector.ts';
import { describeUnusualChild, unusualChild } from '../domain/detectors/unusual-child.ts';
import { describeUnusualFile, unusualFile } from '../domain/detectors/unusual-file.ts';
import type { Batch } from '../domain/events/batch.ts';
import {
  type Event,
  type EventKind as EventKindName,
  type FileOpened,
  kindNames,
  type ProcessExecuted,
} from '../domain/events/event.ts';
import { execId } from '../domain/events/ids.ts';
import { deedOf } from '../domain/sensor/deeds.ts';
import { observe, type Recovery } from '../domain/sensor/observe.ts';
import { BatchView } from './batch-view.ts';
import type { EndpointState } from './endpoint-state.ts';
import { PathCatalogue } from './path-knowledge.ts';
import { type Pending, PendingFindings } from './pending.ts';
import type { Residents } from './residents.ts';

export interface Analysed {
  /** One for each alert. */
  readonly findings: readonly Pending[];
  /** Events that were new; the others had been analysed before. */
  readonly events: number;
  readonly duplicates: number;
  /** Events that never came between the last batch of the stream and this one. */
  readonly missing: number;
  /** Blind times of the sensor that are over. */
  readonly over: readonly Recovery[];
}

type RulesByKind = ReadonlyMap<EventKindName, readonly AnyDetector[]>;

const isGrave = (finding: { readonly severity: string }) =>
  finding.severity === 'high' || finding.severity === 'critical';

export class Analysis {
  readonly residents: Residents;
  readonly #catalogue: PathCatalogue;
  readonly #byKind: RulesByKind;

  constructor(rules: readonly AnyDetector[], residents: Residents) {
    this.residents = residents;
    this.#catalogue = new PathCatalogue(
      rules.filter(rule => (rule.needs as readonly string[]).includes('file.opened')) as Detector<'file.opened'>[],
    );
    this.#byKind = new Map(
      kindNames.map(kind => [kind, rules.filter(rule => (rule.needs as readonly string[]).includes(kind))]),
    );
  }

  view(batch: Batch): BatchView {
    return new BatchView(batch, this.#catalogue);
  }

  /** The batch's endpoint and baselines must be resident. */
  analyse(view: BatchView): Analysed {
    const { batch } = view;
    const state = this.residents.endpoint(batch.endpoint);
    const { from, missing, isOld } = state.advance(batch.stream, batch.firstSequence, batch.length);
    const run = new BatchRun(view, state, this.residents, this.#byKind);
    for (let i = from; i < batch.length; i++) run.event(i);
    // Read again from the bus' oldest message, a boot that is long over would look like a new one.
    const seen = isOld ? undefined : observe({ batch, before: state.sensor, missing, recent: state.recent.snapshot() });
    if (seen) state.sensor = seen.record;
    const ofSensor = (seen?.findings ?? []).map(finding => ({ finding, deviates: undefined }));
    return {
      findings: [...run.findings.all(), ...ofSensor],
      events: batch.length - from,
      duplicates: from,
      missing,
      over: seen?.over ?? [],
    };
  }
}

/** One pass over one batch. Events that say the same (process, object, access) are looked at once and then only counted. */
class BatchRun {
  readonly findings = new PendingFindings();
  readonly #view: BatchView;
  readonly #batch: Batch;
  readonly #state: EndpointState;
  readonly #residents: Residents;
  readonly #byKind: RulesByKind;
  readonly #context: Context;
  /** What an event of this key gave: its findings, or nothing. */
  readonly #seen = new Map<number, readonly Pending[]>();
  readonly #suspects: (boolean | undefined)[] = [];
  readonly #fileBaselines: (Baseline | null | undefined)[] = [];

  constructor(view: BatchView, state: EndpointState, residents: Residents, byKind: RulesByKind) {
    this.#view = view;
    this.#batch = view.batch;
    this.#state = state;
    this.#residents = residents;
    this.#byKind = byKind;
    this.#context = { siblings: process => state.recent.siblings(process) };
  }

  event(index: number): void {
    switch (this.#batch.kind(index)) {
      case EventKind.FILE_OPEN:
        this.#file(index);
        break;
      case EventKind.PROCESS_EXEC:
        this.#exec(index);
        break;
      case EventKind.NETWORK_CONNECT:
      case EventKind.NETWORK_ACCEPT:
      case EventKind.NETWORK_BIND:
      case EventKind.NETWORK_LISTEN:
      case EventKind.NETWORK_RESOLVE:
      case EventKind.NETWORK_CLOSE:
        this.#network(index);
        break;
      case EventKind.UNIX_CONNECT:
        this.#unix(index);
        break;
      case EventKind.FILE_CHANGE:
      case EventKind.IDENTITY_CHANGE:
      case EventKind.PROCESS_ACCESS:
      case EventKind.KERNEL_CHANGE:
      case EventKind.SOCKET_OPEN:
      case EventKind.PROCESS_HIDDEN:
        this.#change(index);
        break;
      default:
    }
  }

  #file(index: number): void {
    const { files } = this.#batch.families;
    const row = this.#batch.row(index);
    const pathRef = files.path[row]!;
    const path = this.#view.path(pathRef);
    const what = files.what[row]!;
    const flags = files.flags[row]!;
    const result = files.result[row]!;
    const read = isRead(what, flags);
    const write = isWrite(what, flags);
    const watched = (read && path.readRules.length > 0) || (write && path.writeRules.length > 0);
    const value = result < 0 ? '' : write ? path.write : read ? path.read : '';
    if (!watched && value === '' && path.replaces === '') return;
    const processRef = this.#batch.wire.process[index]!;
    const bits = (read ? 1 : 0) | (write ? 2 : 0) | (isTruncated(flags) ? 4 : 0) | (result < 0 ? 8 : 0);
    const key = ((processRef * this.#batch.wire.strings.length + pathRef) * 16 + bits) * 4;
    if (this.#repeats(key, index)) return;

    const found: Pending[] = [];
    if (watched) {
      const event = this.#batch.event(index) as FileOpened;
      this.#remember(event);
      const rules = new Set([...(read ? path.readRules : []), ...(write ? path.writeRules : [])]);
      for (const rule of rules) this.#ask(rule, event, found);
    }
    if (value !== '') this.#fileBaseline(index, processRef, value, found);
    if (path.replaces !== '') this.#relearn(index);
    this.#seen.set(key, found);
  }

  #fileBaseline(index: number, processRef: number, value: string, found: Pending[]): void {
    let baseline = this.#fileBaselines[processRef];
    if (baseline === undefined) {
      baseline = this.#baseline('file', this.#view.program(processRef), index) ?? null;
      this.#fileBaselines[processRef] = baseline;
    }
    if (baseline === null) return;
    const learn = found.length === 0 && !this.#isSuspect(processRef);
    if (baseline.observe(value, this.#batch.time(index), learn) !== 'deviates' || found.length > 0) return;
    const event = this.#batch.event(index) as FileOpened;
    this.#deviates(unusualFile, event, describeUnusualFile(event, baseline, value), baseline, value, found);
  }

  #exec(index: number): void {
    const event = this.#batch.event(index) as ProcessExecuted;
    if (event.result >= 0) {
      this.#state.recent.add(event.process, event.time);
      this.#state.changed = true;
    }
    const found: Pending[] = [];
    for (const rule of this.#byKind.get('process.executed')!) this.#ask(rule, event, found);
    const lineage = this.#view.lineage(index);
    if (!lineage || event.result < 0) return;
    const baseline = this.#baseline('lineage', lineage.starter, index);
    if (!baseline) return;
    const learn = found.length === 0 && !this.#isSuspect(this.#batch.wire.process[index]!);
    if (baseline.observe(lineage.value, event.time, learn) !== 'deviates' || found.length > 0) return;
    const seen = describeUnusualChild(event, baseline, lineage.value);
    this.#deviates(unusualChild, event, seen, baseline, lineage.value, found);
  }

  #network(index: number): void {
    const { network } = this.#batch.families;
    const kind = this.#batch.kind(index);
    const rules = this.#byKind.get(kindNames[kind]!)!;
    if (rules.length === 0) return;
    const row = this.#batch.row(index);
    const processRef = this.#batch.wire.process[index]!;
    const object = network.remoteAddress[row]! * 65_536 + network.remotePort[row]!;
    const key =
      -1 - ((processRef * this.#batch.wire.strings.length * 65_536 + object) * 2 + (network.result[row]! < 0 ? 1 : 0));
    // Other kinds than connect are rare and have no rule of their own yet: their key would have to name the kind.
    if (kind === EventKind.NETWORK_CONNECT && this.#repeats(key, index)) return;
    const found: Pending[] = [];
    const event = this.#batch.event(index);
    for (const rule of rules) this.#ask(rule, event, found);
    if (kind === EventKind.NETWORK_CONNECT) this.#seen.set(key, found);
  }

  #unix(index: number): void {
    const rules = this.#byKind.get('unix.connected')!;
    const row = this.#batch.row(index);
    const processRef = this.#batch.wire.process[index]!;
    const pathRef = this.#batch.families.unix.path[row]!;
    const failed = this.#batch.families.unix.result[row]! < 0 ? 1 : 0;
    const key = ((processRef * this.#batch.wire.strings.length + pathRef) * 16 + failed) * 4 + 1;
    if (this.#repeats(key, index)) return;
    const found: Pending[] = [];
    const event = this.#batch.event(index);
    for (const rule of rules) this.#ask(rule, event, found);
    this.#seen.set(key, found);
  }

  /** Rare, and hardly ever the same twice. */
  #change(index: number): void {
    const rules = this.#byKind.get(kindNames[this.#batch.kind(index)]!)!;
    if (rules.length === 0) return;
    const event = this.#batch.event(index);
    this.#remember(event);
    const found: Pending[] = [];
    for (const rule of rules) this.#ask(rule, event, found);
  }

  /** What was done to the agent itself, until the sensor says what became of it. */
  #remember(event: Event): void {
    const deed = deedOf(event);
    if (!deed) return;
    this.#state.recent.did(deed, event.process, event.time);
    this.#state.changed = true;
  }

  /** True where the batch had such an event before: what it found is counted again. */
  #repeats(key: number, index: number): boolean {
    const known = this.#seen.get(key);
    if (known === undefined) return false;
    for (const pending of known) {
      this.findings.again(pending, this.#batch.firstSequence + index, Math.max(this.#batch.wire.count[index]!, 1));
    }
    return true;
  }

  #ask(rule: AnyDetector, event: Event, found: Pending[]): void {
    const seen = ask(rule, event, this.#context);
    if (!seen) return;
    const finding = assemble(rule, event, seen);
    found.push(this.findings.add(finding));
    if (!isGrave(finding)) return;
    this.#state.suspect(event.process.execId);
    this.#suspects.length = 0;
  }

  #deviates(
    detector: Description,
    event: Event,
    seen: Found,
    baseline: Baseline,
    value: string,
    found: Pending[],
  ): void {
    const extra: Partial<Evidence> = {
      usual: baseline.nearest(value, 3),
      baseline: {
        phase: baseline.phase,
        observations: baseline.observations,
        unseenProbability: baseline.unseenProbability,
      },
    };
    const { family, program } = baseline;
    found.push(this.findings.add(assemble(detector, event, seen, extra, program), { family, program, value }));
  }

  #relearn(index: number): void {
    const program = this.#view.replaced(index);
    if (program === '') return;
    for (const family of ['file', 'lineage'] as const) {
      const baseline = this.#residents.known({ endpoint: this.#batch.endpoint, family, program });
      baseline?.relearn(this.#batch.time(index));
    }
  }

  #baseline(family: 'file' | 'lineage', program: string, index: number): Baseline | undefined {
    if (program === '') return undefined;
    const key = { endpoint: this.#batch.endpoint, family, program };
    return this.#residents.baseline(key, this.#batch.time(index));
  }

  /** The process or one of its ancestors had a grave finding. */
  #isSuspect(processRef: number, depth = 0): boolean {
    if (processRef === 0 || depth > 64 || !this.#state.hasSuspects) return false;
    const known = this.#suspects[processRef];
    if (known !== undefined) return known;
    const { pid, startTicks, parent } = this.#batch.processColumns;
    const row = processRef - 1;
    const suspect =
      this.#state.isSuspect(execId(this.#batch.boot, pid[row]!, startTicks[row]!)) ||
      this.#isSuspect(parent[row]!, depth + 1);
    this.#suspects[processRef] = suspect;
    return suspect;
  }
}
