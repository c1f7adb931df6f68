/**
 * A submission's batch, decoded and checked: columns to run over, strings and processes looked up once, events made only
 * where somebody asks for one.
 */

import { EventBatch, type Heartbeat } from '@picket/proto';
import { addressText } from './address.ts';
import { checkColumns, type FamilyColumns, familyOfKind, Malformed, type ProcessColumns } from './columns.ts';
import { type Event, kindNames, type Process } from './event.ts';
import { type BootId, type EndpointId, execId, type Micros, micros, type StreamId } from './ids.ts';
import { operationName } from './operation.ts';
import { printable } from './text.ts';

export type Decoded =
  | { readonly ok: true; readonly batch: Batch }
  | { readonly ok: false; readonly reason: 'malformed'; readonly detail: string };

/** Decodes an `EventBatch` (not compressed) and checks every column; `detail` says what was expected, found and where. */
export function decodeBatch(bytes: Uint8Array): Decoded {
  let wire: EventBatch;
  try {
    wire = EventBatch.decode(bytes);
  } catch (error) {
    return { ok: false, reason: 'malformed', detail: `not an EventBatch: ${(error as Error).message}` };
  }
  try {
    return { ok: true, batch: new Batch(wire) };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { ok: false, reason: 'malformed', detail: error.message };
  }
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Deeper ancestries are cut; an agent sends 16. */
const maxAncestors = 64;

export class Batch {
  readonly endpoint: EndpointId;
  readonly boot: BootId;
  readonly stream: StreamId;
  readonly firstSequence: number;
  /** Number of events; their sequence numbers are [firstSequence, firstSequence + length). */
  readonly length: number;
  readonly agentVersion: string;
  /** Agent's clock when it closed the batch: since the epoch, and since boot. */
  readonly clock: { readonly wallMicros: number; readonly bootMicros: number };
  /** Cumulative since the agent's start. */
  readonly losses: Readonly<Record<string, number>>;
  readonly heartbeat: Heartbeat | undefined;
  readonly wire: EventBatch;
  readonly processColumns: ProcessColumns;
  /** Columns of each family's table, every one at full length. */
  readonly families: FamilyColumns;
  /** Events of a kind, and top-level fields, that this server does not know: a newer agent's. */
  readonly unknownKinds: number;
  readonly unknownFields: readonly Uint8Array[];

  readonly #rows: Uint32Array;
  readonly #times: Float64Array;
  readonly #strings: (string | undefined)[];
  readonly #processes: (Process | undefined)[];

  /** Throws `Malformed`; use `decodeBatch`. */
  constructor(wire: EventBatch) {
    if (!uuid.test(wire.endpointId))
      throw new Malformed(`endpoint_id: a UUID expected, ${JSON.stringify(wire.endpointId.slice(0, 64))} found`);
    if (wire.bootId.length !== 16) throw new Malformed(`boot_id: 16 bytes expected, ${wire.bootId.length} found`);
    if (wire.streamId.length !== 8) throw new Malformed(`stream_id: 8 bytes expected, ${wire.streamId.length} found`);
    if (!Number.isSafeInteger(wire.firstSequence))
      throw new Malformed('first_sequence: an integer below 2^53 expected');
    if (wire.losses.length > 256) throw new Malformed(`losses: at most 256 expected, ${wire.losses.length} found`);
    const { processes, families, rows } = checkColumns(wire);
    this.wire = wire;
    this.endpoint = wire.endpointId as EndpointId;
    this.boot = uuidText(wire.bootId) as BootId;
    this.stream = Buffer.from(wire.streamId).toString('hex') as StreamId;
    this.firstSequence = wire.firstSequence;
    this.length = wire.kinds.length;
    this.agentVersion = wire.agentVersion.slice(0, 64);
    this.clock = { wallMicros: wire.clock?.wallMicros ?? 0, bootMicros: wire.clock?.bootMicros ?? 0 };
    this.losses = Object.fromEntries(wire.losses.map(loss => [(loss.name ?? '').slice(0, 64), loss.count ?? 0]));
    this.heartbeat = wire.heartbeat ?? undefined;
    this.processColumns = processes;
    this.families = families;
    this.unknownKinds = wire.kinds.reduce((sum, kind) => (familyOfKind[kind] ? sum : sum + 1), 0);
    this.unknownFields = wire.$unknowns ?? [];
    this.#rows = rows;
    this.#times = absoluteTimes(wire.times);
    this.#strings = new Array(wire.strings.length);
    this.#processes = new Array(processes.pid.length);
  }

  /** `EventKind` number of the wire schema; may be one that this server does not know. */
  kind(event: number): number {
    return this.wire.kinds[event]!;
  }

  time(event: number): Micros {
    return micros(this.#times[event]!);
  }

  /** The event's row in its family's table. */
  row(event: number): number {
    return this.#rows[event]!;
  }

  bytes(stringRef: number): Uint8Array {
    return this.wire.strings[stringRef] ?? noBytes;
  }

  /** The string as text, invalid bytes as `\xNN`; decoded once. */
  string(stringRef: number): string {
    const known = this.#strings[stringRef];
    if (known !== undefined) return known;
    const text = printable(this.bytes(stringRef));
    this.#strings[stringRef] = text;
    return text;
  }

  /** The process image with its ancestors; undefined for ref 0. */
  process(processRef: number): Process | undefined {
    return this.#process(processRef, 0);
  }

  #process(ref: number, depth: number): Process | undefined {
    if (ref === 0 || depth > maxAncestors) return undefined;
    const row = ref - 1;
    const known = this.#processes[row];
    if (known) return known;
    const columns = this.processColumns;
    const pid = columns.pid[row]!;
    const startTicks = columns.startTicks[row]!;
    // Parents that form a ring end at the depth limit; the ring's members are then cut at different places, which harms nobody.
    const process: Process = {
      execId: execId(this.boot, pid, startTicks),
      pid,
      startTicks,
      exe: this.string(columns.exe[row]!),
      exeHash: hashText(this.bytes(columns.exeHash[row]!)),
      package: this.string(columns.package[row]!),
      args: this.#texts(columns.args[row]!),
      cwd: this.string(columns.cwd[row]!),
      script: this.string(columns.script[row]!),
      user: this.string(columns.user[row]!),
      cgroup: this.string(columns.cgroup[row]!),
      loader: this.#texts(columns.loader[row]!),
      uid: columns.uid[row]!,
      euid: columns.euid[row]!,
      gid: columns.gid[row]!,
      loginuid: columns.loginuid[row]!,
      flags: columns.flags[row]!,
      capabilities: columns.capabilities[row]!,
      parent: this.#process(columns.parent[row]!, depth + 1),
    };
    this.#processes[row] = process;
    return process;
  }

  /** Texts that were each ended by NUL. */
  #texts(ref: number): readonly string[] {
    const bytes = this.bytes(ref);
    if (bytes.length === 0) return [];
    const texts: string[] = [];
    for (let from = 0; from <= bytes.length; ) {
      const nul = bytes.indexOf(0, from);
      const end = nul < 0 ? bytes.length : nul;
      if (nul >= 0 || end > from) texts.push(printable(bytes.subarray(from, end)));
      from = end + 1;
    }
    return texts;
  }

  /** The event as an object: for detectors and people, not for the hot path. */
  event(index: number): Event {
    const common = {
      endpoint: this.endpoint,
      boot: this.boot,
      stream: this.stream,
      sequence: this.firstSequence + index,
      time: this.time(index),
      count: Math.max(this.wire.count[index]!, 1),
      process: this.process(this.wire.process[index]!) ?? this.#nobody(),
    };
    const number = this.kind(index);
    const kind = kindNames[number] ?? 'unknown';
    const row = this.row(index);
    switch (kind) {
      case 'process.executed': {
        const { previous, asked, argsBytes, result } = this.families.execs;
        return {
          ...common,
          kind,
          previous: this.process(previous[row]!),
          asked: this.string(asked[row]!),
          argsBytes: argsBytes[row]!,
          result: result[row]!,
        };
      }
      case 'process.forked':
        return { ...common, kind, child: this.process(this.families.forks.child[row]!) ?? this.#nobody() };
      case 'process.exited': {
        const { code, signal, runMicros } = this.families.exits;
        return { ...common, kind, code: code[row]!, signal: signal[row]!, runMicros: runMicros[row]! };
      }
      case 'file.opened': {
        const { path, asked, flags, what, device, inode, result } = this.families.files;
        return {
          ...common,
          kind,
          path: this.string(path[row]!),
          asked: this.string(asked[row]! || path[row]!),
          flags: flags[row]!,
          what: what[row]!,
          device: device[row]!,
          inode: inode[row]!,
          result: result[row]!,
        };
      }
      case 'network.connected':
      case 'network.accepted':
      case 'network.bound':
      case 'network.listening':
      case 'network.resolved':
        return { ...common, kind, ...this.#network(row) };
      case 'network.closed': {
        const { sent, received, runMicros } = this.families.network;
        const carried = { sent: sent[row]!, received: received[row]!, runMicros: runMicros[row]! };
        return { ...common, kind, ...this.#network(row), ...carried };
      }
      case 'unix.connected':
        return {
          ...common,
          kind,
          path: this.string(this.families.unix.path[row]!),
          result: this.families.unix.result[row]!,
          what: this.families.unix.what[row]!,
        };
      case 'syscalls.sampled':
        return {
          ...common,
          kind,
          thread: this.families.syscalls.thread[row]!,
          unseen: this.families.syscalls.unseen[row]!,
          numbers: littleEndianPairs(this.wire.syscalls!.numbers![row]!),
        };
      case 'file.changed':
      case 'kernel.changed':
      case 'network.opened':
      case 'process.hidden':
        return { ...common, kind, ...this.#change(row) };
      case 'identity.changed':
      case 'process.accessed':
        return { ...common, kind, ...this.#change(row), target: this.process(this.families.changes.target[row]!) };
      case 'unknown':
        return { ...common, kind, kindNumber: number };
      default:
        return kind satisfies never;
    }
  }

  #network(row: number) {
    const { network } = this.families;
    return {
      protocol: protocolName(network.protocol[row]!),
      localAddress: addressText(this.bytes(network.localAddress[row]!)),
      localPort: network.localPort[row]!,
      remoteAddress: addressText(this.bytes(network.remoteAddress[row]!)),
      remotePort: network.remotePort[row]!,
      result: network.result[row]!,
      what: network.what[row]!,
      domain: this.string(network.domain[row]!),
    };
  }

  #change(row: number) {
    const { operation, path, other, value, extra, result, what } = this.families.changes;
    return {
      operation: operationName(operation[row]!),
      path: this.string(path[row]!),
      other: this.string(other[row]!),
      value: value[row]!,
      extra: extra[row]!,
      result: result[row]!,
      what: what[row]!,
    };
  }

  /** Stands for the process of an event whose process the agent did not know. */
  #nobody(): Process {
    return {
      execId: execId(this.boot, 0, 0),
      pid: 0,
      startTicks: 0,
      exe: '',
      exeHash: '',
      package: '',
      args: [],
      cwd: '',
      script: '',
      user: '',
      cgroup: '',
      loader: [],
      uid: 0,
      euid: 0,
      gid: 0,
      loginuid: 0xffffffff,
      flags: 0,
      capabilities: 0,
      parent: undefined,
    };
  }
}

const noBytes = new Uint8Array(0);

export function protocolName(number: number): 'tcp' | 'udp' | 'other' {
  return number === 6 ? 'tcp' : number === 17 ? 'udp' : 'other';
}

/** Of 32 bytes; '' for anything else. */
const hashText = (bytes: Uint8Array): string => (bytes.length === 32 ? Buffer.from(bytes).toString('hex') : '');

function uuidText(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** First absolute, then differences, made absolute; throws `Malformed` where one leaves the years 1970 to 2255 (2^53 microseconds). */
function absoluteTimes(differences: readonly number[]): Float64Array {
  const times = new Float64Array(differences.length);
  let time = 0;
  for (let i = 0; i < differences.length; i++) {
    time += differences[i]!;
    if (!(time >= 0 && time <= Number.MAX_SAFE_INTEGER))
      throw new Malformed(`times[${i}]: microseconds since 1970 expected, ${time} found`);
    times[i] = time;
  }
  return times;
}

function littleEndianPairs(bytes: Uint8Array): number[] {
  return Array.from({ length: bytes.length >> 1 }, (_, i) => bytes[2 * i]! | (bytes[2 * i + 1]! << 8));
}
