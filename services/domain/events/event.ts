/** What a detector sees: one event with its process. Made from a batch's columns only where a detector asks for it. */

import type { BootId, EndpointId, ExecId, Micros, StreamId } from './ids.ts';
import type { OperationName } from './operation.ts';

/** A process image and, through `parent`, its ancestors (the agent sends them with each batch). */
export interface Process {
  readonly execId: ExecId;
  readonly pid: number;
  readonly startTicks: number;
  /** Resolved path of the executable; invalid UTF-8 appears as `\xNN`. */
  readonly exe: string;
  /** SHA-256 of the executable, 64 hex digits; '' where it was not known then. */
  readonly exeHash: string;
  /** Package and version that the executable belongs to; '' where it is not known, or of none. */
  readonly package: string;
  /** Arguments, argv[0] first; secrets are masked. */
  readonly args: readonly string[];
  readonly cwd: string;
  /** Path of the script where `exe` is its interpreter, else ''. */
  readonly script: string;
  readonly user: string;
  readonly cgroup: string;
  /** `LD_PRELOAD=…`, `LD_LIBRARY_PATH=…`, `LD_AUDIT=…` as the environment had them at the exec. */
  readonly loader: readonly string[];
  readonly uid: number;
  readonly euid: number;
  readonly gid: number;
  /** 4294967295 where no login started it. */
  readonly loginuid: number;
  /** `ProcessFlag` bits of the wire schema. */
  readonly flags: number;
  /** Effective capabilities, bit by number (capabilities(7)); above 2^31, so no operand of `&`. */
  readonly capabilities: number;
  readonly parent: Process | undefined;
}

interface Common {
  readonly endpoint: EndpointId;
  readonly boot: BootId;
  readonly stream: StreamId;
  readonly sequence: number;
  readonly time: Micros;
  /** Occurrences that this event stands for, at least 1. */
  readonly count: number;
  readonly process: Process;
}

export interface ProcessExecuted extends Common {
  readonly kind: 'process.executed';
  /** The same process under its former program. */
  readonly previous: Process | undefined;
  readonly asked: string;
  readonly argsBytes: number;
  readonly result: number;
}

export interface ProcessForked extends Common {
  readonly kind: 'process.forked';
  readonly child: Process;
}

export interface ProcessExited extends Common {
  readonly kind: 'process.exited';
  readonly code: number;
  readonly signal: number;
  readonly runMicros: number;
}

export interface FileOpened extends Common {
  readonly kind: 'file.opened';
  readonly path: string;
  /** Path as asked for; equal to `path` where it was the same. */
  readonly asked: string;
  readonly flags: number;
  /** `FileFlag` bits of the wire schema. */
  readonly what: number;
  readonly device: number;
  readonly inode: number;
  /** 0, or a negated errno. */
  readonly result: number;
}

interface Network extends Common {
  readonly protocol: 'tcp' | 'udp' | 'other';
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly result: number;
  /** `FileFlag` bits: of these, BY_IO_URING. */
  readonly what: number;
  /** The name that the remote address was last asked for by; '' where nobody asked, or it was not seen. */
  readonly domain: string;
}

export interface NetworkConnected extends Network {
  readonly kind: 'network.connected';
}
export interface NetworkAccepted extends Network {
  readonly kind: 'network.accepted';
}
export interface NetworkBound extends Network {
  readonly kind: 'network.bound';
}
export interface NetworkListening extends Network {
  readonly kind: 'network.listening';
}
/** A TCP connection, or `count` of them between the same two, is over. */
export interface NetworkClosed extends Network {
  readonly kind: 'network.closed';
  /** Bytes of data, of all together. */
  readonly sent: number;
  readonly received: number;
  /** The longest that one was open. */
  readonly runMicros: number;
}
/** `domain` was asked for; remote is who was asked, `localAddress` the first address of the answer. */
export interface NetworkResolved extends Network {
  readonly kind: 'network.resolved';
}

export interface UnixConnected extends Common {
  readonly kind: 'unix.connected';
  readonly path: string;
  readonly result: number;
  /** As of the network. */
  readonly what: number;
}

export interface SyscallsSampled extends Common {
  readonly kind: 'syscalls.sampled';
  readonly thread: number;
  /** How many n-grams of the calls the sensor did not know of the program; 0: a sample, taken whatever it holds. */
  readonly unseen: number;
  /** See `syscallName`. */
  readonly numbers: readonly number[];
}

interface Change extends Common {
  readonly operation: OperationName;
  /** The path, or name, that it was done to; '' where it has none. */
  readonly path: string;
  /** The other path or name that it takes: where a link leads, the new name. */
  readonly other: string;
  /** See `Operation` of the wire schema. */
  readonly value: number;
  readonly extra: number;
  /** 0, or a negated errno. */
  readonly result: number;
  /** `FileFlag` bits: of these, BY_IO_URING, and FILE_DETACHED where that is so of either path. */
  readonly what: number;
}

export interface FileChanged extends Change {
  readonly kind: 'file.changed';
}
/** Another user, other capabilities or another namespace; `process` is what came of it. */
export interface IdentityChanged extends Change {
  readonly kind: 'identity.changed';
  /** The process as it was. */
  readonly target: Process | undefined;
}
export interface ProcessAccessed extends Change {
  readonly kind: 'process.accessed';
  /** Whose memory or registers; undefined where it was not known. */
  readonly target: Process | undefined;
}
export interface KernelChanged extends Change {
  readonly kind: 'kernel.changed';
}
/** A raw or packet socket. */
export interface SocketOpened extends Change {
  readonly kind: 'network.opened';
}

/** A process that one view of the host's processes has and another has not: `process`, which did nothing itself. */
export interface ProcessHidden extends Change {
  readonly kind: 'process.hidden';
}

/** A kind that this server does not know yet: kept and counted. */
export interface UnknownEvent extends Common {
  readonly kind: 'unknown';
  readonly kindNumber: number;
}

export type Event =
  | ProcessExecuted
  | ProcessForked
  | ProcessExited
  | FileOpened
  | NetworkConnected
  | NetworkAccepted
  | NetworkBound
  | NetworkListening
  | NetworkResolved
  | NetworkClosed
  | UnixConnected
  | SyscallsSampled
  | FileChanged
  | IdentityChanged
  | ProcessAccessed
  | KernelChanged
  | SocketOpened
  | ProcessHidden
  | UnknownEvent;

export type EventKind = Event['kind'];

/** The names of the wire's kinds, by number: what the stores, the API and the rules call them. */
export const kindNames: readonly EventKind[] = [
  'unknown',
  'process.executed',
  'process.forked',
  'process.exited',
  'file.opened',
  'network.connected',
  'network.accepted',
  'network.bound',
  'network.listening',
  'unix.connected',
  'syscalls.sampled',
  'file.changed',
  'identity.changed',
  'process.accessed',
  'kernel.changed',
  'network.opened',
  'process.hidden',
  'network.resolved',
  'network.closed',
];
