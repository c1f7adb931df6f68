/** Rows of the `events` table as a Native block, straight from the columns of batches: no object is made for an event. */

import { type Batch, protocolName } from '../domain/events/batch.ts';
import { kindNames } from '../domain/events/event.ts';
import { operationName } from '../domain/events/operation.ts';
import {
  DictionaryColumn,
  IntegerColumn,
  type NativeColumn,
  nativeBlock,
  PairsColumn,
  StringColumn,
  WordsColumn,
} from './native-columns.ts';

export interface TimeBounds {
  /** Micros. An event outside is stored at the bound: one clock gone wild must not scatter a block over a thousand days. */
  readonly earliest: number;
  readonly latest: number;
}

/** Rows gathered for one insert. Used again after `clear`: its arrays keep their size. */
export class EventBlock {
  rows = 0;
  /** Events whose time was moved into the bounds. */
  timesMoved = 0;

  readonly #endpoint = new WordsColumn('UUID');
  readonly #time = new WordsColumn("DateTime64(6, 'UTC')");
  readonly #kind = new DictionaryColumn();
  readonly #exe = new DictionaryColumn();
  readonly #boot = new WordsColumn('UUID');
  readonly #stream = new WordsColumn('UInt64');
  readonly #sequence = new WordsColumn('UInt64');
  readonly #pid = new IntegerColumn('UInt32');
  readonly #startTicks = new WordsColumn('UInt64');
  readonly #parentPid = new IntegerColumn('UInt32');
  readonly #parentTicks = new WordsColumn('UInt64');
  readonly #parentExe = new DictionaryColumn();
  readonly #exeHash = new DictionaryColumn();
  readonly #user = new DictionaryColumn();
  readonly #uid = new IntegerColumn('UInt32');
  readonly #euid = new IntegerColumn('UInt32');
  readonly #loginuid = new IntegerColumn('UInt32');
  readonly #processFlags = new IntegerColumn('UInt32');
  readonly #cgroup = new DictionaryColumn();
  readonly #package = new DictionaryColumn();
  readonly #loader = new DictionaryColumn();
  readonly #capabilities = new WordsColumn('UInt64');
  readonly #count = new IntegerColumn('UInt32');
  readonly #path = new StringColumn();
  readonly #asked = new StringColumn();
  readonly #args = new StringColumn();
  readonly #cwd = new DictionaryColumn();
  readonly #script = new DictionaryColumn();
  readonly #flags = new IntegerColumn('UInt32');
  readonly #what = new IntegerColumn('UInt32');
  readonly #result = new IntegerColumn('Int32');
  readonly #inode = new WordsColumn('UInt64');
  readonly #protocol = new DictionaryColumn();
  readonly #localAddress = new WordsColumn('IPv6');
  readonly #localPort = new IntegerColumn('UInt16');
  readonly #remoteAddress = new WordsColumn('IPv6');
  readonly #remotePort = new IntegerColumn('UInt16');
  readonly #number = new WordsColumn('Int64');
  readonly #signal = new IntegerColumn('UInt8');
  readonly #runMicros = new WordsColumn('UInt64');
  readonly #operation = new DictionaryColumn();
  readonly #targetPid = new IntegerColumn('UInt32');
  readonly #targetTicks = new WordsColumn('UInt64');
  readonly #targetExe = new DictionaryColumn();
  readonly #targetUid = new IntegerColumn('UInt32');
  readonly #targetEuid = new IntegerColumn('UInt32');
  readonly #syscalls = new PairsColumn();

  readonly #columns: readonly (readonly [name: string, column: NativeColumn])[] = [
    ['endpoint_id', this.#endpoint],
    ['time', this.#time],
    ['kind', this.#kind],
    ['exe', this.#exe],
    ['boot_id', this.#boot],
    ['stream', this.#stream],
    ['sequence', this.#sequence],
    ['pid', this.#pid],
    ['start_ticks', this.#startTicks],
    ['parent_pid', this.#parentPid],
    ['parent_ticks', this.#parentTicks],
    ['parent_exe', this.#parentExe],
    ['exe_hash', this.#exeHash],
    ['user', this.#user],
    ['uid', this.#uid],
    ['euid', this.#euid],
    ['loginuid', this.#loginuid],
    ['process_flags', this.#processFlags],
    ['cgroup', this.#cgroup],
    ['package', this.#package],
    ['loader', this.#loader],
    ['capabilities', this.#capabilities],
    ['count', this.#count],
    ['path', this.#path],
    ['asked', this.#asked],
    ['args', this.#args],
    ['cwd', this.#cwd],
    ['script', this.#script],
    ['flags', this.#flags],
    ['what', this.#what],
    ['result', this.#result],
    ['inode', this.#inode],
    ['protocol', this.#protocol],
    ['local_address', this.#localAddress],
    ['local_port', this.#localPort],
    ['remote_address', this.#remoteAddress],
    ['remote_port', this.#remotePort],
    ['number', this.#number],
    ['signal', this.#signal],
    ['run_micros', this.#runMicros],
    ['operation', this.#operation],
    ['target_pid', this.#targetPid],
    ['target_ticks', this.#targetTicks],
    ['target_exe', this.#targetExe],
    ['target_uid', this.#targetUid],
    ['target_euid', this.#targetEuid],
    ['syscalls', this.#syscalls],
  ];

  get columnNames(): string[] {
    return this.#columns.map(([name]) => name);
  }

  /** Bytes of what differs in length from row to row: paths and arguments. */
  get textBytes(): number {
    return this.#path.length + this.#asked.length + this.#args.length;
  }

  /** The events of `batch` from index `from` on. */
  append(batch: Batch, from: number, bounds: TimeBounds): void {
    const count = batch.length - from;
    for (const [, column] of this.#columns) column.reserve(this.rows + count);
    this.#sameForAll(batch, from);
    this.#processes(batch, from);
    this.#events(batch, from, bounds);
    this.rows += count;
  }

  /** The block's bytes: a copy, the columns may be cleared. */
  bytes(): Uint8Array {
    return nativeBlock(this.#columns, this.rows);
  }

  clear(): void {
    this.rows = 0;
    this.timesMoved = 0;
    for (const [, column] of this.#columns) column.clear();
  }

  #sameForAll(batch: Batch, from: number): void {
    const first = this.rows;
    const count = batch.length - from;
    if (count === 0) return;
    this.#endpoint.setUuid(first, Buffer.from(batch.endpoint.replaceAll('-', ''), 'hex'));
    this.#endpoint.repeat(first, count);
    this.#boot.setUuid(first, Buffer.from(batch.wire.bootId));
    this.#boot.repeat(first, count);
    this.#stream.setBigEndian(first, Buffer.from(batch.stream, 'hex'));
    this.#stream.repeat(first, count);
    for (let i = 0; i < count; i++) this.#sequence.setNumber(first + i, batch.firstSequence + from + i);
  }

  /** What an event says of its process: strings are looked up once for each process of the batch. */
  #processes(batch: Batch, from: number): void {
    const columns = batch.processColumns;
    const { wire } = batch;
    const processes = columns.pid.length;
    // Entry 0 is "no process"; a key is looked up when an event first needs it.
    const exe = new Int32Array(processes + 1).fill(-1);
    const user = new Uint32Array(processes + 1);
    const cwd = new Uint32Array(processes + 1);
    const script = new Uint32Array(processes + 1);
    const cgroup = new Uint32Array(processes + 1);
    const parentExe = new Uint32Array(processes + 1);
    const exeHash = new Uint32Array(processes + 1);
    const packages = new Uint32Array(processes + 1);
    const loader = new Uint32Array(processes + 1);
    exe[0] = 0;
    const exes = this.#exe.rows;
    const users = this.#user.rows;
    const cwds = this.#cwd.rows;
    const scripts = this.#script.rows;
    const cgroups = this.#cgroup.rows;
    const parentExes = this.#parentExe.rows;
    const exeHashes = this.#exeHash.rows;
    const packageRows = this.#package.rows;
    const loaders = this.#loader.rows;
    let row = this.rows;
    for (let i = from; i < batch.length; i++, row++) {
      const ref = wire.process[i]!;
      const at = ref - 1;
      const parent = ref === 0 ? 0 : columns.parent[at]!;
      if (exe[ref]! < 0) {
        exe[ref] = this.#exe.key(batch.bytes(columns.exe[at]!));
        user[ref] = this.#user.key(batch.bytes(columns.user[at]!));
        cwd[ref] = this.#cwd.key(batch.bytes(columns.cwd[at]!));
        script[ref] = this.#script.key(batch.bytes(columns.script[at]!));
        cgroup[ref] = this.#cgroup.key(batch.bytes(columns.cgroup[at]!));
        exeHash[ref] = this.#exeHash.key(hashBytes(batch.bytes(columns.exeHash[at]!)));
        packages[ref] = this.#package.key(batch.bytes(columns.package[at]!));
        loader[ref] = this.#loader.key(batch.bytes(columns.loader[at]!));
        if (parent !== 0) parentExe[ref] = this.#parentExe.key(batch.bytes(columns.exe[parent - 1]!));
      }
      exes[row] = exe[ref]!;
      users[row] = user[ref]!;
      cwds[row] = cwd[ref]!;
      scripts[row] = script[ref]!;
      cgroups[row] = cgroup[ref]!;
      parentExes[row] = parentExe[ref]!;
      exeHashes[row] = exeHash[ref]!;
      packageRows[row] = packages[ref]!;
      loaders[row] = loader[ref]!;
      const known = ref !== 0;
      this.#pid.values[row] = known ? columns.pid[at]! : 0;
      this.#startTicks.setNumber(row, known ? columns.startTicks[at]! : 0);
      this.#uid.values[row] = known ? columns.uid[at]! : 0;
      this.#euid.values[row] = known ? columns.euid[at]! : 0;
      this.#loginuid.values[row] = known ? columns.loginuid[at]! : 0xffffffff;
      this.#processFlags.values[row] = known ? columns.flags[at]! : 0;
      this.#capabilities.setNumber(row, known ? columns.capabilities[at]! : 0);
      this.#parentPid.values[row] = parent === 0 ? 0 : columns.pid[parent - 1]!;
      this.#parentTicks.setNumber(row, parent === 0 ? 0 : columns.startTicks[parent - 1]!);
    }
  }

  #events(batch: Batch, from: number, bounds: TimeBounds): void {
    const { families, wire, processColumns } = batch;
    const kinds = this.#kind.rows;
    const kindKeys: number[] = [];
    let row = this.rows;
    for (let i = from; i < batch.length; i++, row++) {
      const time = batch.time(i);
      const kept = Math.min(Math.max(time, bounds.earliest), bounds.latest);
      if (kept !== time) this.timesMoved++;
      this.#time.setNumber(row, kept);
      this.#count.values[row] = wire.count[i]! || 1;

      let path = 0;
      let asked = 0;
      let args = 0;
      let flags = 0;
      let what = 0;
      let result = 0;
      let inode = 0;
      let number = 0;
      let signal = 0;
      let runMicros = 0;
      let network = -1;
      let change = -1;
      let syscalls: Uint8Array = noBytes;
      const kind = batch.kind(i);
      const at = batch.row(i);
      const name = kindNames[kind] ?? 'unknown';
      switch (name) {
        case 'file.opened': {
          const files = families.files;
          path = files.path[at]!;
          asked = files.asked[at]!;
          flags = files.flags[at]!;
          what = files.what[at]!;
          result = files.result[at]!;
          inode = files.inode[at]!;
          break;
        }
        case 'process.executed': {
          const ref = wire.process[i]!;
          asked = families.execs.asked[at]!;
          args = ref === 0 ? 0 : processColumns.args[ref - 1]!;
          number = families.execs.argsBytes[at]!;
          result = families.execs.result[at]!;
          break;
        }
        case 'process.forked': {
          const child = families.forks.child[at]!;
          number = child === 0 ? 0 : processColumns.pid[child - 1]!;
          break;
        }
        case 'process.exited':
          number = families.exits.code[at]!;
          signal = families.exits.signal[at]!;
          runMicros = families.exits.runMicros[at]!;
          break;
        case 'network.connected':
        case 'network.accepted':
        case 'network.bound':
        case 'network.listening':
        case 'network.resolved':
        case 'network.closed':
          network = at;
          result = families.network.result[at]!;
          what = families.network.what[at]!;
          asked = families.network.domain[at]!;
          number = families.network.sent[at]!;
          inode = families.network.received[at]!;
          runMicros = families.network.runMicros[at]!;
          break;
        case 'unix.connected':
          path = families.unix.path[at]!;
          result = families.unix.result[at]!;
          what = families.unix.what[at]!;
          break;
        case 'syscalls.sampled':
          number = families.syscalls.thread[at]!;
          flags = families.syscalls.unseen[at]!;
          syscalls = wire.syscalls!.numbers![at]!;
          break;
        case 'file.changed':
        case 'identity.changed':
        case 'process.accessed':
        case 'kernel.changed':
        case 'network.opened':
        case 'process.hidden': {
          const { changes } = families;
          change = at;
          path = changes.path[at]!;
          asked = changes.other[at]!;
          number = changes.value[at]!;
          flags = changes.extra[at]!;
          result = changes.result[at]!;
          what = changes.what[at]!;
          break;
        }
        case 'unknown':
          number = kind;
          break;
        default:
          name satisfies never;
      }
      if (kindKeys[kind] === undefined) kindKeys[kind] = this.#kind.key(kindBytes.get(name)!);
      kinds[row] = kindKeys[kind];
      if (path === 0) this.#path.pushEmpty();
      else this.#path.push(batch.bytes(path));
      if (asked === 0) this.#asked.pushEmpty();
      else this.#asked.push(batch.bytes(asked));
      if (args === 0) this.#args.pushEmpty();
      else this.#args.push(batch.bytes(args));
      this.#flags.values[row] = flags;
      this.#what.values[row] = what;
      this.#result.values[row] = result;
      this.#inode.setNumber(row, inode);
      this.#number.setNumber(row, number);
      this.#signal.values[row] = signal;
      this.#runMicros.setNumber(row, runMicros);
      this.#syscalls.set(row, syscalls);
      this.#network(batch, row, network);
      this.#change(batch, row, change);
    }
  }

  /** `at` is the row of the table of changes, -1 for an event of another family. */
  #change(batch: Batch, row: number, at: number): void {
    const target = at < 0 ? 0 : batch.families.changes.target[at]!;
    const columns = batch.processColumns;
    const of = (column: readonly number[]) => (target === 0 ? 0 : column[target - 1]!);
    this.#operation.rows[row] = at < 0 ? 0 : this.#operation.key(operationBytes(batch.families.changes.operation[at]!));
    this.#targetPid.values[row] = of(columns.pid);
    this.#targetTicks.setNumber(row, of(columns.startTicks));
    this.#targetExe.rows[row] = target === 0 ? 0 : this.#targetExe.key(batch.bytes(of(columns.exe)));
    this.#targetUid.values[row] = of(columns.uid);
    this.#targetEuid.values[row] = of(columns.euid);
  }

  /** `at` is the row of the network table, -1 for an event of another family. */
  #network(batch: Batch, row: number, at: number): void {
    if (at < 0) {
      this.#protocol.rows[row] = 0;
      this.#localPort.values[row] = 0;
      this.#remotePort.values[row] = 0;
      this.#localAddress.words.fill(0, 4 * row, 4 * row + 4);
      this.#remoteAddress.words.fill(0, 4 * row, 4 * row + 4);
      return;
    }
    const network = batch.families.network;
    this.#protocol.rows[row] = this.#protocol.key(protocolNames[protocolName(network.protocol[at]!)]);
    this.#localPort.values[row] = network.localPort[at]!;
    this.#remotePort.values[row] = network.remotePort[at]!;
    setAddress(this.#localAddress.words, 4 * row, batch.bytes(network.localAddress[at]!));
    setAddress(this.#remoteAddress.words, 4 * row, batch.bytes(network.remoteAddress[at]!));
  }
}

const noBytes = new Uint8Array(0);
/** The column takes 32 bytes, or none for zeros: a hash of another length is no hash. */
const hashBytes = (bytes: Uint8Array): Uint8Array => (bytes.length === 32 ? bytes : noBytes);
const kindBytes = new Map<string, Uint8Array>(kindNames.map(name => [name, Buffer.from(name)]));
const operationBytes = (number: number): Uint8Array => Buffer.from(operationName(number));
const protocolNames = { tcp: Buffer.from('tcp'), udp: Buffer.from('udp'), other: Buffer.from('other') } as const;

/** 16 bytes in network order; IPv4 mapped (RFC 4291, 2.5.5.2); none is `::`. */
function setAddress(words: Uint32Array, at: number, bytes: Uint8Array): void {
  const to = new Uint8Array(words.buffer, words.byteOffset + 4 * at, 16).fill(0);
  if (bytes.length === 16) to.set(bytes);
  if (bytes.length === 4) {
    to[10] = 0xff;
    to[11] = 0xff;
    to.set(bytes, 12);
  }
}
