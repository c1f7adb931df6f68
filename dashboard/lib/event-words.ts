/** An event in one line: what was done, to what, and whether it worked. */

import type { Event } from './api.ts';
import { commandLine } from './command-line.ts';
import { bytes, plural } from './quantity.ts';
import { duration } from './time.ts';

export type EventKind = Event['kind'];

export const kindWords: Readonly<Record<EventKind, string>> = {
  unknown: 'Unknown',
  'process.executed': 'Executed',
  'process.forked': 'Forked',
  'process.exited': 'Exited',
  'file.opened': 'Opened',
  'network.connected': 'Connected',
  'network.accepted': 'Accepted',
  'network.bound': 'Bound',
  'network.listening': 'Listening',
  'unix.connected': 'Unix socket',
  'syscalls.sampled': 'System calls',
  'file.changed': 'Changed',
  'identity.changed': 'Became',
  'process.accessed': 'Accessed',
  'kernel.changed': 'Kernel',
  'network.opened': 'Raw socket',
  'process.hidden': 'Hidden process',
  'network.resolved': 'Asked for name',
  'network.closed': 'Closed',
};

/** Error numbers that openat, connect and execve return on Linux, by name. */
const errors: Readonly<Record<number, string>> = {
  1: 'EPERM',
  2: 'ENOENT',
  4: 'EINTR',
  6: 'ENXIO',
  8: 'ENOEXEC',
  11: 'EAGAIN',
  13: 'EACCES',
  17: 'EEXIST',
  20: 'ENOTDIR',
  21: 'EISDIR',
  22: 'EINVAL',
  26: 'ETXTBSY',
  30: 'EROFS',
  40: 'ELOOP',
  98: 'EADDRINUSE',
  99: 'EADDRNOTAVAIL',
  101: 'ENETUNREACH',
  104: 'ECONNRESET',
  110: 'ETIMEDOUT',
  111: 'ECONNREFUSED',
  113: 'EHOSTUNREACH',
  115: 'EINPROGRESS',
};

/** '' for success; a connect that goes on in the background is no failure. */
export function failureName(result: number): string {
  if (result >= 0 || result === -115) return '';
  return errors[-result] ?? `error ${-result}`;
}

/** Bits of the wire schema's FileFlag. */
const fileFlags: readonly (readonly [bit: number, word: string])[] = [
  [1, 'read'],
  [2, 'write'],
  [4, 'created'],
  [8, 'no name'],
  [16, 'in memory only'],
  [32, 'path cut'],
  [64, 'detached mount'],
  [128, 'executable'],
  [256, 'by io_uring'],
  [512, 'path as asked'],
];

/** Bits of the wire schema's ProcessFlag, those that say something of a program. */
const processFlags: typeof fileFlags = [
  [1, 'runs from memory only'],
  [2, 'file was deleted'],
  [16, 'in a container'],
  [32, 'set-user-ID'],
  [64, 'input is a network connection'],
  [128, 'output is a network connection'],
  [256, 'was no part of the container’s image'],
  [512, 'in a user namespace of its own'],
  [1024, 'in a network namespace of its own'],
];

const wordsOf = (bits: number, flags: typeof fileFlags): string =>
  flags
    .filter(([bit]) => (bits & bit) !== 0)
    .map(([, word]) => word)
    .join(', ');

/** `read, created` */
export const fileWords = (what: number): string => wordsOf(what, fileFlags);

/** `in a container, set-user-ID` */
export const processWords = (flags: number): string => wordsOf(flags, processFlags);

const host = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/** `1.2 kB sent, 30 MB received, after 5 s` */
const carriedWords = ({ sent, received, runMicros }: NonNullable<Event['closed']>): string =>
  `${bytes(sent)} sent, ${bytes(received)} received, after ${duration(runMicros)}`;

/** What came of asking for a name. */
export function lookupWords(result: number): string {
  if (result === -2) return 'no such name';
  return result === -110 ? 'no answer' : failureName(result);
}

export interface EventLine {
  /** What it was done to; text from the endpoint, show it with `Raw`. */
  readonly object: string;
  /** How, in words: access, result, duration. */
  readonly how: string;
}

const words = (...parts: string[]): string => parts.filter(part => part !== '').join(', ');

type Change = NonNullable<Event['change']>;

const operations: Readonly<Record<Change['operation'], string>> = {
  rename: 'renamed',
  unlink: 'removed',
  'remove-folder': 'folder removed',
  link: 'second name',
  symlink: 'symbolic link made',
  chmod: 'mode set to',
  chown: 'owner set to',
  truncate: 'resized to',
  'set-attribute': 'attribute set',
  'remove-attribute': 'attribute removed',
  mount: 'mounted',
  unmount: 'unmounted',
  'change-root': 'root changed',
  'set-user': 'user set',
  'set-group': 'group set',
  'set-capabilities': 'capabilities set',
  'enter-namespace': 'namespace entered',
  'leave-namespace': 'namespace of its own',
  trace: 'traced',
  'write-memory': 'memory written',
  'write-registers': 'registers written',
  'read-memory': 'memory read',
  'take-descriptor': 'open file taken',
  'load-program': 'BPF program loaded',
  'load-module': 'module loaded',
  'unload-module': 'module unloaded',
  'open-counter': 'performance events opened',
  'handle-faults': 'page faults handled (userfaultfd)',
  'load-kernel': 'other kernel loaded (kexec)',
  'set-clock': 'clock set',
  'open-map': 'BPF map opened',
  'raw-socket': 'raw',
  'packet-socket': 'packets of a whole interface',
  'hide-entry': 'covered in /proc',
  'hide-listing': 'not listed in /proc',
  'hide-task': 'not in the kernel’s list of tasks',
  unknown: 'unknown operation',
};

const owner = (id: number): string => (id === 4_294_967_295 ? 'as it was' : String(id));

/** `clock set to 2026-11-22 07:04:00 UTC`; the value of a move that was refused is by how much, 0 where that was back in time. */
function clockWords(value: number, moved: boolean, refused: boolean): string {
  const word = moved ? 'clock moved' : operations['set-clock'];
  if (value === 0) return word;
  if (moved && refused) return `${word} by ${plural(value, 'second')}`;
  const at = new Date(value * 1000);
  return Number.isNaN(at.getTime()) ? word : `${word} to ${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `mode set to 4755` */
export function operationWords({ operation, value, extra, result }: Change): string {
  const word = operations[operation];
  if (operation === 'chmod') return `${word} ${value.toString(8).padStart(4, '0')}`;
  if (operation === 'chown') return `${word} ${owner(value)}:${owner(extra)}`;
  if (operation === 'set-clock') return clockWords(value, extra === 1, result < 0);
  return operation === 'truncate' ? `${word} ${plural(value, 'byte')}` : word;
}

function changedObject(process: Event['process'], { operation, path, other, target }: Change): string {
  if (target !== null && target.pid === process.pid && operation === 'set-user')
    return target.uid === process.uid
      ? `acting as uid ${target.euid} → ${process.euid}`
      : `uid ${target.uid} → ${process.uid}`;
  if (target !== null && target.pid !== process.pid) return `${target.exe} (pid ${target.pid})`;
  return [path, other].filter(text => text !== '').join(' → ');
}

/** How a sequence of system calls came here: as something new, or as one that is taken whatever it holds. */
export const unseenWords = (unseen: number): string =>
  unseen === 0 ? 'sample' : unseen === 1 ? '1 new sequence' : `${unseen} new sequences`;

export function eventLine(event: Event): EventLine {
  const { exec, fork, exit, file, network, closed, unix, change, syscalls } = event;
  if (exec !== null)
    return {
      object: exec.args.length > 0 && exec.result >= 0 ? commandLine(exec.args) : exec.asked,
      how: failureName(exec.result),
    };
  if (fork !== null) return { object: `pid ${fork.childPid}`, how: '' };
  if (exit !== null) {
    const end = exit.signal === 0 ? `code ${exit.code}` : `signal ${exit.signal}`;
    return { object: end, how: `after ${duration(exit.runMicros)}` };
  }
  if (file !== null)
    return { object: file.path || file.asked, how: words(failureName(file.result), fileWords(file.what)) };
  if (network !== null && event.kind === 'network.resolved')
    return {
      object: [network.domain, network.localAddress].filter(text => text !== '').join(' → '),
      how: lookupWords(network.result),
    };
  if (network !== null) {
    const far = event.kind !== 'network.bound' && event.kind !== 'network.listening';
    const object = far
      ? host(network.remoteAddress, network.remotePort)
      : host(network.localAddress, network.localPort);
    const named = far && network.domain !== '' ? `${network.domain} (${object})` : object;
    return {
      object: named,
      how: words(
        failureName(network.result),
        network.protocol,
        closed ? carriedWords(closed) : '',
        fileWords(network.what),
      ),
    };
  }
  if (change !== null)
    return {
      object: changedObject(event.process, change),
      how: words(operationWords(change), failureName(change.result), fileWords(change.what)),
    };
  if (unix !== null) return { object: unix.path, how: words(failureName(unix.result), fileWords(unix.what)) };
  if (syscalls !== null) return { object: syscalls.calls.join(' '), how: unseenWords(syscalls.unseen) };
  return { object: '', how: '' };
}
