/**
 * The sensor: BPF programs in the kernel, one thread that reads their ring, whole batches of records for JavaScript.
 * Records are raw kernel structs; `layout` says where each field lies, so a decoder can't drift from what was compiled.
 */

import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { decodeSignal, type SentSignal, type SignalKind, signalKinds } from './signals.ts';
import { decodeTasks, type KernelTask } from './tasks.ts';
import { startWitness, type Witness } from './witness.ts';

export { readSignals, type SentSignal, type SignalKind } from './signals.ts';
export type { KernelTask } from './tasks.ts';
export type { Witness } from './witness.ts';

/**
 * One field of a record: offset and size in bytes. `bytes` is a fixed array. `tail` is a variable part: at `offset` lie two
 * u16, where in the record its bytes start (from the record's start) and how many they are.
 */
export interface Field {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly kind: 'u8' | 'u16' | 'u32' | 'i32' | 'u64' | 'i64' | 'bytes' | 'tail';
}

export interface RecordLayout {
  readonly name: string;
  /** Value of the header's `type` for this record. */
  readonly type: number;
  readonly size: number;
  readonly fields: readonly Field[];
}

export interface HookReport {
  readonly name: string;
  readonly attached: boolean;
  /** Why not, in the verifier's or kernel's words; '' when attached. */
  readonly reason: string;
  /** How often somebody took it away while it ran. */
  readonly lost: number;
}

export interface SensorOptions {
  /** Ring buffer, bytes, a power of two; default 4 MiB (each byte is mapped twice, so it counts double in RSS). */
  readonly ringBytes?: number;
  /** What this process does is not reported, nor what it starts does until that runs another program; default false. */
  readonly ignoreSelf?: boolean;
  /** How long repetition of (process, file, access) or (process, peer) is folded into one record after the first ones, milliseconds; default 5,000. */
  readonly foldMillis?: number;
  /** Hand a batch over at least this often when there is anything, milliseconds; default 100. */
  readonly flushMillis?: number;
  /** One thread in this many (a power of two) has the order of its system calls sampled; default 8. */
  readonly sampleOneIn?: number;
  /** False reads kernel memory as on kernels before 6.2, through helpers; default: plain loads where the kernel has them. */
  readonly directLoads?: boolean;
  /** Folder of the compiled kernel programs; default: those of this package. */
  readonly objects?: string;
}

export interface Sensor {
  readonly layout: readonly RecordLayout[];
  /** Each kernel program as it is now; what somebody took away is attached again. */
  hooks(): readonly HookReport[];
  /** What is done in another way because this kernel lacks something, each in words; empty on Linux 6.2 and newer. */
  readonly fallbacks: readonly string[];
  /** The last signal of a kind that this process was sent; undefined where none was, or where nobody looks. */
  signal(kind: SignalKind): SentSignal | undefined;
  /**
   * Starts what writes the last signals of each kind to `file` if this process is killed (`readSignals`); starts it again when it ends
   * before it is dismissed, and says so to `onLost`.
   */
  startWitness(file: string, onLost: () => void): Witness;
  /** This process's id as the kernel counts it and records have it: not `process.pid` where this is a pid namespace. */
  readonly ownPid: number;
  /** The kernel's own list of processes, whatever /proc shows; empty where the kernel has no such iterator. */
  tasks(): KernelTask[];
  /** Every loss and failed helper by name, cumulative: `ring.full`, `path.truncated`, … */
  counters(): Readonly<Record<string, number>>;
  /** Detaches, drains what the ring still holds into a last batch, frees everything. */
  close(): Promise<void>;
}

/** Whole ring records back to back, each preceded by nothing: its header has its length. Valid only during the call. */
export type OnRecords = (records: Uint8Array) => void;

interface Session {
  hooks(): HookReport[];
  fallbacks(): string[];
  signal(kind: number): Buffer;
  signals(): number;
  ownPid(): number;
  tasks(): Buffer;
  counters(): Record<string, number>;
  turned(): void;
  close(): Promise<void>;
}

interface Addon {
  Isolation: new (options: Record<string, unknown>) => Isolation;
  releasePinned(pins: string): void;
  killProcess(pid: number, startTicks: number): number;
  Session: new (options: Record<string, unknown>, onRecords: OnRecords) => Session;
  layout(): RecordLayout[];
  unsupported(): string;
  bootMicros(): number;
  notifyService(socket: string, message: string): number;
  releaseUnused(): void;
}

export interface IsolationOptions {
  /** Folder of the cgroup (version 2) whose processes, and those of cgroups below it, are isolated. */
  readonly cgroup: string;
  /** Folder in a BPF file system where the isolation is kept when this process ends. */
  readonly pins: string;
  /** The server that stays reachable by TCP: addresses, and the port on each. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** When it ends by itself: microseconds since boot (CLOCK_BOOTTIME); undefined: never. */
  readonly untilBootMicros: number | undefined;
  /** Folder of the compiled kernel programs; default: those of this package. */
  readonly objects?: string;
}

export interface Isolation {
  /** Why it ends with this process; '' where it does not. */
  fleeting(): string;
  /** Whether every program is still where it was put. */
  intact(): boolean;
  /** Lets go of it here; what is kept in `pins` goes on. */
  close(): void;
  release(): void;
}

let loaded: Addon | undefined;

/** Loaded once: to look it up again costs more than most calls of it. */
const loadAddon = (): Addon =>
  (loaded ??= createRequire(import.meta.url)('./build/Release/picket_sensor.node') as Addon);

export type SensorSupport = { readonly supported: true } | { readonly supported: false; readonly reason: string };

/** Whether a sensor can run here; if not, why and what to do, in one line. Loads nothing into the kernel. */
export function sensorSupport(): SensorSupport {
  try {
    loadAddon();
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return {
      supported: false,
      reason: `the native addon can't be loaded (${why}); run npm run build -w @picket/native`,
    };
  }
  const reason = loadAddon().unsupported();
  return reason === '' ? { supported: true } : { supported: false, reason };
}

/** Where each field of each record lies, as the addon was compiled. */
export const recordLayouts = (): readonly RecordLayout[] => loadAddon().layout();

/** What the wall clock showed when CLOCK_BOOTTIME was 0, by what it shows now: microseconds since the epoch. */
export const bootMicros = (): number => loadAddon().bootMicros();

/**
 * Cuts the processes of a cgroup off from all networks but loopback and the server, what is connected now too. Takes over from an
 * isolation that an earlier process left in `pins`, without a gap. Throws an Error with the reason, having changed nothing.
 */
export function isolate({ untilBootMicros, objects, ...options }: IsolationOptions): Isolation {
  const folder = objects ?? fileURLToPath(new URL('./build/bpf', import.meta.url));
  const addon = loadAddon();
  const untilNanos = untilBootMicros === undefined ? 0 : Math.max(1, untilBootMicros * 1000);
  return new addon.Isolation({ ...options, object: `${folder}/isolation.bpf.o`, untilNanos });
}

/** Ends an isolation that an earlier process left in this folder. */
export const releasePinned = (pins: string): void => loadAddon().releasePinned(pins);

/**
 * SIGKILL to the process that has this pid and began at this time (clock ticks since boot), and to no other. Gives 0, or the errno:
 * ESRCH (3) where there is none.
 */
export const killProcess = (pid: number, startTicks: number): number => loadAddon().killProcess(pid, startTicks);

/**
 * Gives memory back to the system: what the heap has freed, and pages of programs and libraries that may never be looked at
 * again (what is needed after all comes from the page cache).
 */
export const releaseUnused = (): void => loadAddon().releaseUnused();

/** Sends one message (sd_notify(3)) to the service manager's socket, $NOTIFY_SOCKET. Gives 0, or the errno. */
export const notifyService = (socket: string, message: string): number => loadAddon().notifyService(socket, message);

/**
 * Loads and attaches the kernel programs and starts to read. What can't be loaded is in `hooks` with its reason and the rest
 * runs; throws an Error with the reason where nothing can be loaded. `onRecords` is called in the event loop, once a batch.
 */
export function openSensor(options: SensorOptions, onRecords: OnRecords): Sensor {
  const support = sensorSupport();
  if (!support.supported) throw new Error(`No sensor: ${support.reason}`);
  const addon = loadAddon();
  const ringBytes = options.ringBytes ?? 4 << 20;
  const sampleOneIn = options.sampleOneIn ?? 8;
  requirePower('ringBytes', ringBytes, 4096);
  requirePower('sampleOneIn', sampleOneIn, 1);
  let isTurning = false;
  const session = new addon.Session(
    {
      folder: options.objects ?? fileURLToPath(new URL('./build/bpf', import.meta.url)),
      ringBytes,
      ignoreSelf: options.ignoreSelf ?? false,
      foldMillis: options.foldMillis ?? 5_000,
      flushMillis: options.flushMillis ?? 100,
      sampleMask: sampleOneIn - 1,
      direct: options.directLoads ?? true,
    },
    records => {
      // Under a storm one batch follows another: between them timers and sockets have their turn, or they would wait for its end.
      if (!isTurning) setImmediate(turn);
      isTurning = true;
      onRecords(records);
    },
  );
  const turn = () => {
    isTurning = false;
    session.turned();
  };
  let closed: Promise<void> | undefined;
  return {
    layout: addon.layout(),
    hooks: () => session.hooks(),
    fallbacks: session.fallbacks(),
    signal: kind => decodeSignal(session.signal(signalKinds.indexOf(kind))),
    startWitness: (file, onLost) => startWitness(() => session.signals(), file, onLost),
    ownPid: session.ownPid(),
    tasks: () => decodeTasks(session.tasks()),
    counters: () => session.counters(),
    close: () => {
      closed ??= session.close();
      return closed;
    },
  };
}

function requirePower(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least || (value & (value - 1)) !== 0)
    throw new RangeError(`${name} must be a power of two of at least ${least}, not ${value}`);
}
