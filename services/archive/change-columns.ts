/** What a change was and which process it was done to, as columns. */

import type { Batch } from '../domain/events/batch.ts';
import { operationName } from '../domain/events/operation.ts';
import { DictionaryColumn, IntegerColumn, type NamedColumn, WordsColumn } from './native-columns.ts';

export class ChangeColumns {
  readonly #operation = new DictionaryColumn();
  readonly #targetPid = new IntegerColumn('UInt32');
  readonly #targetTicks = new WordsColumn('UInt64');
  readonly #targetExe = new DictionaryColumn();
  readonly #targetUid = new IntegerColumn('UInt32');
  readonly #targetEuid = new IntegerColumn('UInt32');

  readonly columns: readonly NamedColumn[] = [
    ['operation', this.#operation],
    ['target_pid', this.#targetPid],
    ['target_ticks', this.#targetTicks],
    ['target_exe', this.#targetExe],
    ['target_uid', this.#targetUid],
    ['target_euid', this.#targetEuid],
  ];

  /** `at` is the row of the table of changes, -1 for an event of another family. */
  set(batch: Batch, row: number, at: number): void {
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
}

const operationBytes = (number: number): Uint8Array => Buffer.from(operationName(number));
