/**
 * What the decoder makes of a kernel record. Text is a byte string: a JavaScript string with one character (0–255) for each
 * byte ("latin1"), so that invalid UTF-8 survives and equal bytes are equal strings. Times are microseconds since the epoch.
 */

/** One character a byte. */
export type ByteString = string;

/** Which content of which file: it changes with every write, whoever the owner and whatever time he sets. */
export interface FileVersion {
  /** st_dev and st_ino of stat(2). */
  readonly device: number;
  readonly inode: number;
  readonly bytes: number;
  /** Change time: seconds since the epoch and nanoseconds. */
  readonly changed: number;
  readonly changedNanos: number;
}

/** What the kernel knows of a process' program at an exec (or /proc at the agent's start). */
export interface Image {
  readonly pid: number;
  /** Start of the process, clock ticks (1/100 s) since boot, as in /proc/PID/stat. */
  readonly startTicks: number;
  readonly parentPid: number;
  readonly parentTicks: number;
  readonly exe: ByteString;
  /** Arguments, each ended by NUL, cut at 32,768 bytes. */
  readonly args: ByteString;
  readonly argsBytes: number;
  readonly cwd: ByteString;
  readonly script: ByteString;
  readonly cgroup: ByteString;
  /** Variables that tell the dynamic loader to bring other code in (`LD_PRELOAD=…`), each ended by NUL. */
  readonly loader: ByteString;
  /** Of the executable; undefined where there is none (a kernel thread) or it can't be looked at. */
  readonly file: FileVersion | undefined;
  readonly uid: number;
  readonly euid: number;
  readonly gid: number;
  readonly loginuid: number;
  /** `ProcessFlag` bits of the wire schema. */
  readonly flags: number;
  /** Effective capabilities, bit by number (capabilities(7)). */
  readonly capabilities: number;
  /** As /proc/PID/ns numbers them. */
  readonly mountNamespace: number;
  readonly pidNamespace: number;
  readonly userNamespace: number;
  readonly networkNamespace: number;
  readonly ipcNamespace: number;
  readonly utsNamespace: number;
}

type Namespaces =
  | 'mountNamespace'
  | 'pidNamespace'
  | 'userNamespace'
  | 'networkNamespace'
  | 'ipcNamespace'
  | 'utsNamespace';

interface Common {
  readonly time: number;
  readonly pid: number;
  readonly startTicks: number;
  readonly count: number;
}

export interface Exec extends Common {
  readonly kind: 'exec';
  readonly image: Image;
  readonly asked: ByteString;
  /** The kernel did not look through all variables for the image's `loader`. */
  readonly loaderCut: boolean;
}
/** An exec that failed: the process stays what it was. */
export interface ExecFailed extends Common {
  readonly kind: 'exec-failed';
  readonly asked: ByteString;
  readonly result: number;
}
/**
 * What was done to a file, another process or the kernel without opening anything; or a process that somebody hides, which the agent
 * finds out by itself.
 */
export interface Change extends Common {
  readonly kind: 'file-change' | 'process-access' | 'kernel-change' | 'socket-open' | 'process-hidden';
  /** `Operation` of the wire schema: what the other fields mean. */
  readonly operation: number;
  readonly path: ByteString;
  readonly other: ByteString;
  /** The other process: 0 is none, and its ticks are 0 where only its pid is known. */
  readonly targetPid: number;
  readonly targetTicks: number;
  readonly value: number;
  readonly extra: number;
  readonly result: number;
  /** `FileFlag` bits: of these, BY_IO_URING, and FILE_DETACHED where that is so of either path. */
  readonly what: number;
}
/** A process asked for another identity; what it is now. */
export interface IdentityChange extends Common {
  readonly kind: 'identity-change';
  readonly operation: number;
  readonly value: number;
  readonly result: number;
  readonly identity: Pick<Image, 'uid' | 'euid' | 'gid' | 'capabilities' | Namespaces>;
  /** Which of its namespaces are not the host's, as `ProcessFlag` bits (`namespaceFlags`). */
  readonly apart: number;
}
export interface Fork extends Common {
  readonly kind: 'fork';
  readonly childPid: number;
  readonly childTicks: number;
}
export interface Exit extends Common {
  readonly kind: 'exit';
  readonly code: number;
  readonly signal: number;
  readonly runMicros: number;
}
export interface Open extends Common {
  readonly kind: 'open';
  readonly path: ByteString;
  /** '' where it is the same as `path`. */
  readonly asked: ByteString;
  readonly flags: number;
  /** `FileFlag` bits of the wire schema. */
  readonly what: number;
  readonly device: number;
  readonly inode: number;
  readonly result: number;
}
export interface Network extends Common {
  /** `resolve`: a name was asked for; the agent makes it of questions and answers (agent/names). */
  readonly kind: 'connect' | 'accept' | 'bind' | 'listen' | 'resolve';
  readonly family: 4 | 6;
  readonly protocol: number;
  /** 4 or 16 bytes, network order; '' is none. */
  readonly localAddress: ByteString;
  readonly localPort: number;
  readonly remoteAddress: ByteString;
  readonly remotePort: number;
  readonly result: number;
  /** As of a change. */
  readonly what: number;
  /** The name of the remote address, or the one that was asked for; '' where nobody knows. The sensor does not. */
  readonly domain: ByteString;
}
/** A TCP connection is over. */
export interface Close extends Omit<Network, 'kind'> {
  readonly kind: 'close';
  /** The other side asked for it. */
  readonly accepted: boolean;
  /** Bytes of data. */
  readonly sent: number;
  readonly received: number;
  readonly runMicros: number;
}
/** A message of the domain name system, as it was sent or received: nobody has looked into it yet. */
export interface NameHeard extends Common {
  readonly kind: 'name-heard';
  readonly family: 4 | 6;
  readonly remoteAddress: ByteString;
  readonly remotePort: number;
  readonly isAnswer: boolean;
  readonly message: Uint8Array;
}
export interface UnixConnect extends Common {
  readonly kind: 'unix-connect';
  /** An abstract name starts with NUL. */
  readonly path: ByteString;
  readonly result: number;
  /** As of a change. */
  readonly what: number;
}
export interface Syscalls extends Common {
  readonly kind: 'syscalls';
  readonly thread: number;
  /** How many n-grams of them the program was not known to make; 0: a sample. */
  readonly unseen: number;
  /** System call numbers, two bytes each, little endian. */
  readonly numbers: Uint8Array;
}

export type SensorEvent =
  | Exec
  | ExecFailed
  | Fork
  | Exit
  | Open
  | Network
  | Close
  | NameHeard
  | UnixConnect
  | Change
  | IdentityChange
  | Syscalls;
