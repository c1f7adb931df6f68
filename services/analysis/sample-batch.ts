/** Builds batches as an agent would send them: for tests and benches. */

import { EventBatch, type EventBatchFields, EventKind, FileFlag, Operation } from '@picket/proto';

export interface SampleProcess {
  readonly exe: string;
  readonly args?: readonly string[];
  readonly script?: string;
  readonly pid?: number;
  readonly flags?: number;
  readonly parent?: SampleProcess;
}

type Column = number[];

/** Every process that is the same object is one row; strings are kept once. */
export class SampleBatch {
  readonly #strings = new Map<string, number>([['', 0]]);
  readonly #rows = new Map<SampleProcess, number>();
  readonly #processes = { pid: [], startTicks: [], parent: [], exe: [], args: [], script: [], flags: [] } as Record<
    'pid' | 'startTicks' | 'parent' | 'exe' | 'args' | 'script' | 'flags',
    Column
  >;
  readonly #events = { kinds: [] as Column, times: [] as Column, process: [] as Column, count: [] as Column };
  readonly #execs = { previous: [] as Column, asked: [] as Column, argsBytes: [] as Column, result: [] as Column };
  readonly #files = { path: [] as Column, flags: [] as Column, what: [] as Column, result: [] as Column };
  readonly #network = { family: [], protocol: [], remoteAddress: [], remotePort: [], result: [] } as Record<
    'family' | 'protocol' | 'remoteAddress' | 'remotePort' | 'result',
    Column
  >;
  readonly #changes = { operation: [] as Column, path: [] as Column };
  #time = 0;

  get length(): number {
    return this.#events.kinds.length;
  }

  executed(time: number, process: SampleProcess): this {
    this.#event(EventKind.PROCESS_EXEC, time, process);
    this.#execs.previous.push(0);
    this.#execs.asked.push(this.#string(process.exe));
    this.#execs.argsBytes.push(10);
    this.#execs.result.push(0);
    return this;
  }

  opened(time: number, process: SampleProcess, path: string, what: number = FileFlag.FILE_READ): this {
    this.#event(EventKind.FILE_OPEN, time, process);
    this.#files.path.push(this.#string(path));
    this.#files.flags.push(what & FileFlag.FILE_WRITE ? 1 : 0);
    this.#files.what.push(what);
    this.#files.result.push(0);
    return this;
  }

  /** `address`: four bytes as a string of one character each. */
  connected(time: number, process: SampleProcess, address: string, port: number): this {
    this.#event(EventKind.NETWORK_CONNECT, time, process);
    this.#network.family.push(4);
    this.#network.protocol.push(6);
    this.#network.remoteAddress.push(this.#string(address));
    this.#network.remotePort.push(port);
    this.#network.result.push(0);
    return this;
  }

  /** The process is covered in /proc. */
  hidden(time: number, process: SampleProcess): this {
    this.#event(EventKind.PROCESS_HIDDEN, time, process);
    this.#changes.operation.push(Operation.HIDE_ENTRY);
    this.#changes.path.push(this.#string(`/proc/${process.pid}`));
    return this;
  }

  /** The `EventBatch`, not compressed. `stream`: 16 hex digits. */
  encode(endpoint: string, stream: string, firstSequence: number): Uint8Array {
    const fields: EventBatchFields = {
      endpointId: endpoint,
      bootId: Buffer.alloc(16, 1),
      streamId: Buffer.from(stream, 'hex'),
      firstSequence,
      agentVersion: '0.0.0',
      strings: [...this.#strings.keys()].map(text => Buffer.from(text, 'latin1')),
      processes: this.#processes,
      ...this.#events,
      execs: this.#execs,
      files: this.#files,
      network: this.#network,
      changes: this.#changes,
    };
    return EventBatch.encode(fields).finish();
  }

  #event(kind: number, time: number, process: SampleProcess): void {
    this.#events.kinds.push(kind);
    this.#events.times.push(time - this.#time);
    this.#events.process.push(this.#process(process));
    this.#events.count.push(1);
    this.#time = time;
  }

  #process(process: SampleProcess): number {
    const known = this.#rows.get(process);
    if (known !== undefined) return known;
    const parent = process.parent ? this.#process(process.parent) : 0;
    const row = this.#rows.size + 1;
    this.#rows.set(process, row);
    this.#processes.pid.push(process.pid ?? 1000 + row);
    this.#processes.startTicks.push(100);
    this.#processes.parent.push(parent);
    this.#processes.exe.push(this.#string(process.exe));
    this.#processes.args.push(this.#string((process.args ?? [process.exe]).map(arg => `${arg}\0`).join('')));
    this.#processes.script.push(this.#string(process.script ?? ''));
    this.#processes.flags.push(process.flags ?? 0);
    return row;
  }

  #string(text: string): number {
    const known = this.#strings.get(text);
    if (known !== undefined) return known;
    const ref = this.#strings.size;
    this.#strings.set(text, ref);
    return ref;
  }
}
