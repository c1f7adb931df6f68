/** Each event of the sensor goes by the process table into the batch that is open. */

import { Closes } from '../connections/closes.ts';
import { resolvesForAll } from '../names/host-resolver.ts';
import { Lookups } from '../names/lookups.ts';
import type { ProcessTable } from '../processes/table.ts';
import type { Close, Network, SensorEvent } from '../sensor/event.ts';
import type { BatchBuilder } from './builder.ts';

export class Recorder {
  readonly #table: ProcessTable;
  readonly #builder: BatchBuilder;
  readonly #hostNamespace: number;
  readonly #closes = new Closes();
  readonly #lookups = new Lookups();
  /** Events seen, folded ones with their number. */
  seen = 0;

  /** `hostNamespace`: the mount namespace of this host; 0 where it is not known. */
  constructor(table: ProcessTable, builder: BatchBuilder, hostNamespace = 0) {
    this.#table = table;
    this.#builder = builder;
    this.#hostNamespace = hostNamespace;
  }

  /** Tells what waited for more of its kind, or for an answer, until now (microseconds); at the end all of it. */
  tellDue(nowMicros: number, all = false): number {
    const resolved = this.#lookups.due(nowMicros, all);
    const closed = this.#closes.due(nowMicros, all);
    for (const event of [...resolved, ...closed]) this.#addNetwork(event);
    return resolved.length + closed.length;
  }

  /** With the name of the other side, where that is known. */
  #addNetwork(event: Network | Close): void {
    const domain = event.domain || this.#lookups.nameOf(event);
    const image = this.#table.current(event.pid, event.startTicks, event.time);
    this.#builder.add(domain === event.domain ? event : { ...event, domain }, image);
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
      case 'name-heard': {
        const image = this.#table.current(event.pid, event.startTicks, event.time);
        const resolved = this.#lookups.hear(event, resolvesForAll(image, this.#hostNamespace));
        if (resolved) this.#builder.add(resolved, image);
        return;
      }
      case 'connect':
        this.#addNetwork(event);
        return;
      case 'close': {
        const told = this.#closes.add(event);
        if (told) this.#addNetwork(told);
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
