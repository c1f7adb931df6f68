/** Events become the columns of an EventBatch as they come; nothing is made per event but numbers in arrays. */

import { EventBatch, type EventBatchFields, EventKind } from '@picket/proto';
import type { ProcessImage } from '../processes/image.ts';
import type {
  Change,
  Close,
  Exec,
  ExecFailed,
  Exit,
  IdentityChange,
  NameHeard,
  Network,
  Open,
  SensorEvent,
  Syscalls,
  UnixConnect,
} from '../sensor/event.ts';
import { clear, columns, wire } from './columns.ts';
import { BatchProcesses } from './processes.ts';
import { StringDictionary } from './strings.ts';

/** What a batch says beside its events. */
export type Envelope = Pick<
  EventBatchFields,
  'endpointId' | 'bootId' | 'streamId' | 'firstSequence' | 'agentVersion' | 'clock' | 'losses' | 'heartbeat'
>;

/** A batch is closed at this size too, since paths and arguments may be long; */
const largestStrings = 1024 * 1024;
/** and at this one, each row with its own copy of them: a server takes 32 MiB of those. */
const largestRows = 8 * 1024 * 1024;

const networkKinds = {
  connect: EventKind.NETWORK_CONNECT,
  accept: EventKind.NETWORK_ACCEPT,
  bind: EventKind.NETWORK_BIND,
  listen: EventKind.NETWORK_LISTEN,
  resolve: EventKind.NETWORK_RESOLVE,
  close: EventKind.NETWORK_CLOSE,
} as const;

const changeKinds = {
  'file-change': EventKind.FILE_CHANGE,
  'process-access': EventKind.PROCESS_ACCESS,
  'kernel-change': EventKind.KERNEL_CHANGE,
  'socket-open': EventKind.SOCKET_OPEN,
  'process-hidden': EventKind.PROCESS_HIDDEN,
} as const;

export class BatchBuilder {
  readonly #limit: number;
  readonly #strings = new StringDictionary();
  readonly #processes = new BatchProcesses(this.#strings);
  readonly #events = columns('kinds', 'times', 'process', 'count');
  readonly #execs = columns('previous', 'argsBytes', 'result', 'asked');
  readonly #forks = columns('child');
  readonly #exits = columns('code', 'signal', 'runMicros');
  readonly #files = columns('path', 'asked', 'flags', 'what', 'device', 'inode', 'result');
  readonly #network = columns(
    ...([
      'family',
      'protocol',
      'localAddress',
      'localPort',
      'remoteAddress',
      'remotePort',
      'result',
      'what',
      'domain',
    ] as const),
  );
  readonly #carried = columns('sent', 'received', 'runMicros');
  #closed = 0;
  readonly #unix = columns('path', 'result', 'what');
  readonly #changes = columns(
    ...(['operation', 'path', 'other', 'target', 'value', 'extra', 'result', 'what'] as const),
  );
  readonly #syscalls = columns('thread', 'unseen');
  readonly #numbers: Uint8Array[] = [];
  #last = 0;
  /** Bytes of paths and arguments in all rows, those of the process table apart. */
  #rowBytes = 0;

  /** `limit`: events in a full batch. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#events.kinds.length;
  }

  get full(): boolean {
    if (this.length >= this.#limit || this.#strings.bytes >= largestStrings) return true;
    return this.#rowBytes + this.#processes.argsBytes >= largestRows;
  }

  /**
   * Adds one event of the process `actor`. `other` is the image before an exec or a change of identity, the child of a
   * fork, the process that another one looked into.
   * The strings of `event` may be reused by the caller; `numbers` of system calls are copied.
   */
  add(event: Exclude<SensorEvent, NameHeard>, actor: ProcessImage, other?: ProcessImage): void {
    const { kinds, times, process, count } = this.#events;
    const time = Math.round(event.time);
    times.push(time - this.#last);
    this.#last = time;
    process.push(this.#processes.ref(actor));
    count.push(event.count);
    kinds.push(this.#addRow(event, other));
    if (event.kind === 'open') this.#rowBytes += event.path.length + event.asked.length;
    else if (event.kind === 'exec' || event.kind === 'exec-failed')
      this.#rowBytes += actor.args.length + event.asked.length;
    else if (event.kind === 'file-change') this.#rowBytes += event.path.length + event.other.length;
  }

  /** The batch as bytes of the wire schema. The builder keeps its events: see `clear`. */
  encode(envelope: Envelope): Uint8Array {
    const tables: EventBatchFields = wire(this.#events);
    if (this.#processes.length > 0) tables.processes = this.#processes.wire;
    if (this.#execs.result.length > 0) tables.execs = wire(this.#execs);
    if (this.#forks.child.length > 0) tables.forks = wire(this.#forks);
    if (this.#exits.code.length > 0) tables.exits = wire(this.#exits);
    if (this.#files.path.length > 0) tables.files = wire(this.#files);
    if (this.#network.family.length > 0)
      tables.network = wire(this.#closed > 0 ? { ...this.#network, ...this.#carried } : this.#network);
    if (this.#unix.path.length > 0) tables.unix = wire(this.#unix);
    if (this.#changes.operation.length > 0) tables.changes = wire(this.#changes);
    if (this.#numbers.length > 0) tables.syscalls = { ...wire(this.#syscalls), numbers: this.#numbers };
    return Buffer.concat([EventBatch.encode({ ...envelope, ...tables }).finish(), this.#strings.wire()]);
  }

  clear(): void {
    for (const table of [this.#events, this.#execs, this.#forks, this.#exits, this.#files]) clear(table);
    for (const table of [this.#network, this.#unix, this.#changes, this.#syscalls]) clear(table);
    this.#numbers.length = 0;
    this.#processes.clear();
    this.#strings.clear();
    this.#last = 0;
    this.#rowBytes = 0;
    clear(this.#carried);
    this.#closed = 0;
  }

  /** Adds the event's row to its family's table; returns the kind. */
  #addRow(event: Exclude<SensorEvent, NameHeard>, other: ProcessImage | undefined): number {
    switch (event.kind) {
      case 'open':
        return this.#addFile(event);
      case 'exec':
        return this.#addExec(event, event.image.argsBytes, 0, other);
      case 'exec-failed':
        return this.#addExec(event, 0, event.result, undefined);
      case 'fork':
        this.#forks.child.push(this.#processes.ref(other));
        return EventKind.PROCESS_FORK;
      case 'exit':
        return this.#addExit(event);
      case 'connect':
      case 'accept':
      case 'bind':
      case 'listen':
      case 'resolve':
      case 'close':
        return this.#addNetwork(event);
      case 'unix-connect':
        return this.#addUnix(event);
      case 'file-change':
      case 'process-access':
      case 'kernel-change':
      case 'socket-open':
      case 'process-hidden':
        return this.#addChange(event, other);
      case 'identity-change':
        return this.#addIdentity(event, other);
      case 'syscalls':
        return this.#addSyscalls(event);
      default:
        return event satisfies never;
    }
  }

  #addExec(event: Exec | ExecFailed, argsBytes: number, result: number, previous: ProcessImage | undefined): number {
    this.#execs.previous.push(this.#processes.ref(previous));
    this.#execs.argsBytes.push(argsBytes);
    this.#execs.result.push(result);
    this.#execs.asked.push(this.#strings.ref(event.asked));
    return EventKind.PROCESS_EXEC;
  }

  #addExit(event: Exit): number {
    this.#exits.code.push(event.code);
    this.#exits.signal.push(event.signal);
    this.#exits.runMicros.push(Math.max(0, Math.round(event.runMicros)));
    return EventKind.PROCESS_EXIT;
  }

  #addFile(event: Open): number {
    const files = this.#files;
    files.path.push(this.#strings.ref(event.path));
    files.asked.push(this.#strings.ref(event.asked));
    files.flags.push(event.flags);
    files.what.push(event.what);
    files.device.push(exact(event.device));
    files.inode.push(exact(event.inode));
    files.result.push(event.result);
    return EventKind.FILE_OPEN;
  }

  #addNetwork(event: Network | Close): number {
    const network = this.#network;
    network.family.push(event.family);
    network.protocol.push(event.protocol);
    network.localAddress.push(this.#strings.ref(event.localAddress));
    network.localPort.push(event.localPort);
    network.remoteAddress.push(this.#strings.ref(event.remoteAddress));
    network.remotePort.push(event.remotePort);
    network.result.push(event.result);
    network.what.push(event.what);
    network.domain.push(this.#strings.ref(event.domain));
    const closed = event.kind === 'close' ? event : undefined;
    this.#carried.sent.push(exact(closed?.sent ?? 0));
    this.#carried.received.push(exact(closed?.received ?? 0));
    this.#carried.runMicros.push(exact(closed?.runMicros ?? 0));
    if (closed) this.#closed++;
    return networkKinds[event.kind];
  }

  #addUnix(event: UnixConnect): number {
    this.#unix.path.push(this.#strings.ref(event.path));
    this.#unix.result.push(event.result);
    this.#unix.what.push(event.what);
    return EventKind.UNIX_CONNECT;
  }

  #addChange(event: Change, target: ProcessImage | undefined): number {
    const changes = this.#changes;
    changes.operation.push(event.operation);
    changes.path.push(this.#strings.ref(event.path));
    changes.other.push(this.#strings.ref(event.other));
    changes.target.push(this.#processes.ref(target));
    changes.value.push(exact(event.value));
    changes.extra.push(event.extra);
    changes.result.push(event.result);
    changes.what.push(event.what);
    return changeKinds[event.kind];
  }

  #addIdentity({ operation, value, result }: IdentityChange, previous: ProcessImage | undefined): number {
    const changes = this.#changes;
    changes.operation.push(operation);
    changes.path.push(0);
    changes.other.push(0);
    changes.target.push(this.#processes.ref(previous));
    changes.value.push(exact(value));
    changes.extra.push(0);
    changes.result.push(result);
    changes.what.push(0);
    return EventKind.IDENTITY_CHANGE;
  }

  #addSyscalls(event: Syscalls): number {
    this.#syscalls.thread.push(event.thread);
    this.#syscalls.unseen.push(event.unseen);
    this.#numbers.push(event.numbers.slice());
    return EventKind.SYSCALL_SEQUENCE;
  }
}

/** Numbers on the wire stay below 2^53; an inode above (overlay file systems make such) is 0 rather than a wrong one. */
const exact = (value: number): number => (Number.isSafeInteger(value) ? value : 0);
