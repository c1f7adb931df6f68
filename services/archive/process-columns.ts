/** What an event says of its process and of that one's parent, as columns. */

import type { Batch } from '../domain/events/batch.ts';
import { DictionaryColumn, IntegerColumn, type NamedColumn, WordsColumn } from './native-columns.ts';

export class ProcessColumns {
  readonly #exe = new DictionaryColumn();
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
  readonly #cwd = new DictionaryColumn();
  readonly #script = new DictionaryColumn();

  readonly columns: readonly NamedColumn[] = [
    ['exe', this.#exe],
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
    ['cwd', this.#cwd],
    ['script', this.#script],
  ];

  /** Of the events of `batch` from index `from` on, into rows from `first` on. Strings are looked up once for each process of the batch. */
  append(batch: Batch, from: number, first: number): void {
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
    let row = first;
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
}

/** The column takes 32 bytes, or none for zeros: a hash of another length is no hash. */
const hashBytes = (bytes: Uint8Array): Uint8Array => (bytes.length === 32 ? bytes : noBytes);
const noBytes = new Uint8Array(0);
