/** Rows of the `events` table as a Native block, straight from the columns of batches: no object is made for an event. */

import type { Batch } from '../domain/events/batch.ts';
import { kindNames } from '../domain/events/event.ts';
import { ChangeColumns } from './change-columns.ts';
import {
  DictionaryColumn,
  IntegerColumn,
  type NamedColumn,
  nativeBlock,
  PairsColumn,
  StringColumn,
  WordsColumn,
} from './native-columns.ts';
import { NetworkColumns } from './network-columns.ts';
import { ProcessColumns } from './process-columns.ts';

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
  readonly #boot = new WordsColumn('UUID');
  readonly #stream = new WordsColumn('UInt64');
  readonly #sequence = new WordsColumn('UInt64');
  readonly #count = new IntegerColumn('UInt32');
  readonly #path = new StringColumn();
  readonly #asked = new StringColumn();
  readonly #args = new StringColumn();
  readonly #flags = new IntegerColumn('UInt32');
  readonly #what = new IntegerColumn('UInt32');
  readonly #result = new IntegerColumn('Int32');
  readonly #inode = new WordsColumn('UInt64');
  readonly #number = new WordsColumn('Int64');
  readonly #signal = new IntegerColumn('UInt8');
  readonly #runMicros = new WordsColumn('UInt64');
  readonly #syscalls = new PairsColumn();
  readonly #process = new ProcessColumns();
  readonly #network = new NetworkColumns();
  readonly #change = new ChangeColumns();

  readonly #columns: readonly NamedColumn[] = [
    ['endpoint_id', this.#endpoint],
    ['time', this.#time],
    ['kind', this.#kind],
    ['boot_id', this.#boot],
    ['stream', this.#stream],
    ['sequence', this.#sequence],
    ['count', this.#count],
    ['path', this.#path],
    ['asked', this.#asked],
    ['args', this.#args],
    ['flags', this.#flags],
    ['what', this.#what],
    ['result', this.#result],
    ['inode', this.#inode],
    ['number', this.#number],
    ['signal', this.#signal],
    ['run_micros', this.#runMicros],
    ['syscalls', this.#syscalls],
    ...this.#process.columns,
    ...this.#network.columns,
    ...this.#change.columns,
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
    this.#process.append(batch, from, this.rows);
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
      this.#network.set(batch, row, network);
      this.#change.set(batch, row, change);
    }
  }
}

const noBytes = new Uint8Array(0);
const kindBytes = new Map<string, Uint8Array>(kindNames.map(name => [name, Buffer.from(name)]));
