/** Each event of the sensor goes by the process table into the batch that is open. */

import type { ProcessTable } from '../processes/table.ts';
import type { SensorEvent } from '../sensor/event.ts';
import type { BatchBuilder } from './builder.ts';

export class Recorder {
  readonly #table: ProcessTable;
  readonly #builder: BatchBuilder;
  /** Events seen, folded ones with their number. */
  seen = 0;

  constructor(table: ProcessTable, builder: BatchBuilder) {
    this.#table = table;
    this.#builder = builder;
  }

  record(event: SensorEvent): void {
    this.seen += event.count;
    switch (event.kind) {
      case 'exec': {
        const { previous, image } = this.#table.executed(event);
        this.#builder.add(event, image, previous);
        return;
      }
      case 'fork': {
        const { parent, child } = this.#table.forked(event);
        this.#builder.add(event, parent, child);
        return;
      }
      case 'identity-change': {
        const changed = this.#table.changed(event);
        if (changed) this.#builder.add(event, changed.image, changed.previous);
        return;
      }
      case 'process-access': {
        const target = this.#table.other(event.targetPid, event.targetTicks);
        this.#builder.add(event, this.#table.current(event.pid, event.startTicks, event.time), target);
        return;
      }
      case 'process-hidden':
        this.#builder.add(event, this.#table.hidden(event));
        return;
      case 'exit':
        this.#builder.add(event, this.#table.exited(event));
        return;
      default:
        this.#builder.add(event, this.#table.current(event.pid, event.startTicks, event.time));
    }
  }
}
