/** A batch as the analysis reads it: each path and each program is looked up once, whatever the number of events. */

import { EventKind } from '@picket/proto';
import { storable } from '../domain/alerts/storable.ts';
import type { BaselineFamily, BaselineKey } from '../domain/baselines/baseline.ts';
import { type Lineage, lineageOf } from '../domain/baselines/lineage.ts';
import { programKey } from '../domain/baselines/program-key.ts';
import { isWrite } from '../domain/detectors/access.ts';
import { packageManagers } from '../domain/detectors/groups.ts';
import { isOneOf } from '../domain/detectors/program.ts';
import type { Batch } from '../domain/events/batch.ts';
import type { ProcessExecuted } from '../domain/events/event.ts';
import type { PathCatalogue, PathKnowledge } from './path-knowledge.ts';

/** A program that runs from memory, or that the agent could not name, has no baseline. */
const unnamed = /^(?:$|memfd:|\/proc\/)/;

export class BatchView {
  readonly batch: Batch;
  readonly #catalogue: PathCatalogue;
  readonly #paths: (PathKnowledge | undefined)[];
  readonly #programs: (string | undefined)[];
  readonly #lineages = new Map<number, Lineage | undefined>();

  constructor(batch: Batch, catalogue: PathCatalogue) {
    this.batch = batch;
    this.#catalogue = catalogue;
    this.#paths = new Array(batch.wire.strings.length);
    this.#programs = new Array(batch.processColumns.pid.length + 1);
  }

  path(stringRef: number): PathKnowledge {
    const known = this.#paths[stringRef];
    if (known) return known;
    const knowledge = this.#catalogue.of(this.batch.string(stringRef));
    this.#paths[stringRef] = knowledge;
    return knowledge;
  }

  /** Under which name the process' baselines are kept; '' where it has none. */
  program(processRef: number): string {
    const known = this.#programs[processRef];
    if (known !== undefined) return known;
    const program = this.#programOf(processRef);
    this.#programs[processRef] = program;
    return program;
  }

  #programOf(processRef: number): string {
    if (processRef === 0) return '';
    const { script, exe } = this.batch.processColumns;
    const program = this.batch.string(script[processRef - 1]! || exe[processRef - 1]!);
    return unnamed.test(program) ? '' : storable(programKey(program));
  }

  /** Who started what, for an exec event. */
  lineage(index: number): Lineage | undefined {
    if (!this.#lineages.has(index)) {
      const lineage = lineageOf(this.batch.event(index) as ProcessExecuted);
      const usable = lineage && !unnamed.test(lineage.starter);
      this.#lineages.set(
        index,
        usable ? { starter: storable(lineage.starter), value: storable(lineage.value) } : undefined,
      );
    }
    return this.#lineages.get(index);
  }

  /** The program that a package manager replaces with this opening; '' for any other opening. */
  replaced(index: number): string {
    const { path, what, flags } = this.batch.families.files;
    const row = this.batch.row(index);
    const { replaces } = this.path(path[row]!);
    if (replaces === '' || !isWrite(what[row]!, flags[row]!)) return '';
    const process = this.batch.process(this.batch.wire.process[index]!);
    return process && isOneOf(process, packageManagers) ? replaces : '';
  }

  /** Every baseline that the events may touch. */
  baselines(): BaselineKey[] {
    const wanted = { file: new Set<string>(), lineage: new Set<string>() };
    const { batch } = this;
    const { files } = batch.families;
    for (let i = 0; i < batch.length; i++) {
      const kind = batch.kind(i);
      if (kind === EventKind.FILE_OPEN) {
        const row = batch.row(i);
        const path = this.path(files.path[row]!);
        const write = isWrite(files.what[row]!, files.flags[row]!);
        if (write ? path.write !== '' : path.read !== '') wanted.file.add(this.program(batch.wire.process[i]!));
        if (path.replaces !== '') {
          const replaced = this.replaced(i);
          wanted.file.add(replaced);
          wanted.lineage.add(replaced);
        }
      } else if (kind === EventKind.PROCESS_EXEC) wanted.lineage.add(this.lineage(i)?.starter ?? '');
    }
    return (['file', 'lineage'] satisfies BaselineFamily[]).flatMap(family =>
      [...wanted[family]]
        .filter(program => program !== '')
        .map(program => ({ endpoint: batch.endpoint, family, program })),
    );
  }
}
