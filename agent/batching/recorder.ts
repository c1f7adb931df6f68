/** Each event of the sensor goes by the process table into the batch that is open. */

import { Lookups } from '../names/lookups.ts';
import type { ProcessTable } from '../processes/table.ts';
import type { SensorEvent } from '../sensor/event.ts';
import type { BatchBuilder } from './builder.ts';

export class Recorder {
  readonly #table: ProcessTable;
  readonly #builder: BatchBuilder;
  readonly #lookups = new Lookups();
  /** Events seen, folded ones with their number. */
  seen = 0;

  constructor(table: ProcessTable, builder: BatchBuilder) {
    this.#table = table;
    this.#builder = builder;
  }

  /** Questions for names that nobody answered, and repetition: events that are due by now (microseconds). */
  due(nowMicros: number): SensorEvent[] {
    return this.#lookups.due(nowMicros);
  }

  record(event: SensorEvent): void {
    if (event.kind !== 'name-heard') this.seen += event.count;
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
      case 'name-heard': {
        const image = this.#table.current(event.pid, event.startTicks, event.time);
        const resolved = this.#lookups.hear(event, image.exe);
        if (resolved) this.record(resolved);
        return;
      }
      case 'connect': {
        const domain = this.#lookups.nameOf(event);
        const image = this.#table.current(event.pid, event.startTicks, event.time);
        this.#builder.add(domain === '' ? event : { ...event, domain }, image);
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
