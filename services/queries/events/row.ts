/** An event as it is stored: the SQL that selects it and the schema of its row. */

import { z } from 'zod';
import type { EventKind } from '../../domain/events/event.ts';
import { type BootId, type EndpointId, execId, type Micros, micros, type StreamId } from '../../domain/events/ids.ts';
import type { OperationName } from '../../domain/events/operation.ts';
import { printableColumn, printableText } from './printable-column.ts';

const texts = [
  'exe',
  'parent_exe',
  'path',
  'asked',
  'args',
  'cwd',
  'script',
  'user',
  'cgroup',
  'package',
  'loader',
  'target_exe',
] as const;

const plain = [
  'endpoint_id',
  'kind',
  'boot_id',
  'stream',
  'sequence',
  'pid',
  'start_ticks',
  'parent_pid',
  'parent_ticks',
  'uid',
  'euid',
  'loginuid',
  'process_flags',
  'capabilities',
  'count',
  'flags',
  'what',
  'result',
  'inode',
  'protocol',
  'local_address',
  'local_port',
  'remote_address',
  'remote_port',
  'number',
  'signal',
  'run_micros',
  'operation',
  'target_pid',
  'target_ticks',
  'target_uid',
  'target_euid',
  'syscalls',
] as const;

/** As 64 digits; '' where it is not known. */
const hashColumn = "if(exe_hash = toFixedString('', 32), '', lower(hex(exe_hash))) AS exe_hash_text";

export const eventColumns = [
  'toUnixTimestamp64Micro(time) AS micros',
  hashColumn,
  ...plain,
  ...texts.map(printableColumn),
].join(', ');

/** 64-bit integers come quoted; above 2^53 only where a field says so. */
const int64 = z.string().transform(Number);

export const eventRow = z
  .object({
    micros: int64,
    endpoint_id: z.string(),
    kind: z.string(),
    boot_id: z.string(),
    stream: z.string(),
    sequence: int64,
    pid: z.number(),
    start_ticks: int64,
    parent_pid: z.number(),
    parent_ticks: int64,
    uid: z.number(),
    euid: z.number(),
    loginuid: z.number(),
    process_flags: z.number(),
    capabilities: int64,
    exe_hash_text: z.string(),
    package_text: printableText,
    loader_text: printableText,
    count: z.number(),
    flags: z.number(),
    what: z.number(),
    result: z.number(),
    inode: z.string(),
    protocol: z.string(),
    local_address: z.string(),
    local_port: z.number(),
    remote_address: z.string(),
    remote_port: z.number(),
    number: int64,
    signal: z.number(),
    run_micros: int64,
    operation: z.string(),
    target_pid: z.number(),
    target_ticks: int64,
    target_uid: z.number(),
    target_euid: z.number(),
    target_exe_text: printableText,
    syscalls: z.array(z.number()),
    exe_text: printableText,
    parent_exe_text: printableText,
    path_text: printableText,
    asked_text: printableText,
    args_text: printableText,
    cwd_text: printableText,
    script_text: printableText,
    user_text: printableText,
    cgroup_text: printableText,
  })
  .transform((row): StoredEvent => {
    const boot = row.boot_id as BootId;
    return {
      endpoint: row.endpoint_id as EndpointId,
      time: micros(row.micros),
      kind: row.kind as EventKind,
      boot,
      stream: BigInt(row.stream).toString(16).padStart(16, '0') as StreamId,
      sequence: row.sequence,
      count: row.count,
      execId: execId(boot, row.pid, row.start_ticks),
      pid: row.pid,
      exe: row.exe_text,
      exeHash: row.exe_hash_text,
      package: row.package_text,
      script: row.script_text,
      cwd: row.cwd_text,
      user: row.user_text,
      cgroup: row.cgroup_text,
      loader: textsOf(row.loader_text),
      uid: row.uid,
      euid: row.euid,
      loginuid: row.loginuid,
      processFlags: row.process_flags,
      capabilities: row.capabilities,
      parent:
        row.parent_pid === 0 && row.parent_exe_text === ''
          ? undefined
          : { execId: execId(boot, row.parent_pid, row.parent_ticks), pid: row.parent_pid, exe: row.parent_exe_text },
      path: row.path_text,
      asked: row.asked_text,
      args: textsOf(row.args_text),
      flags: row.flags,
      what: row.what,
      result: row.result,
      inode: row.inode,
      protocol: row.protocol,
      localAddress: addressText(row.local_address, row.protocol !== ''),
      localPort: row.local_port,
      remoteAddress: addressText(row.remote_address, row.remote_port !== 0),
      remotePort: row.remote_port,
      number: row.number,
      signal: row.signal,
      runMicros: row.run_micros,
      operation: row.operation as OperationName | '',
      target:
        row.target_pid === 0
          ? undefined
          : {
              execId: execId(boot, row.target_pid, row.target_ticks),
              pid: row.target_pid,
              exe: row.target_exe_text,
              uid: row.target_uid,
              euid: row.target_euid,
            },
      syscalls: row.syscalls,
    };
  });

/** One shape for all kinds: fields that a kind does not have are zero or empty. Text has invalid bytes as `\xNN`. */
export interface StoredEvent {
  readonly endpoint: EndpointId;
  readonly time: Micros;
  readonly kind: EventKind;
  readonly boot: BootId;
  readonly stream: StreamId;
  readonly sequence: number;
  /** Occurrences that the event stands for. */
  readonly count: number;
  /** Acting process. */
  readonly execId: ReturnType<typeof execId>;
  readonly pid: number;
  readonly exe: string;
  /** SHA-256, 64 hex digits; '' where it was not known. */
  readonly exeHash: string;
  /** Package and version; '' where it was not known, or of none. */
  readonly package: string;
  readonly script: string;
  readonly cwd: string;
  readonly user: string;
  readonly cgroup: string;
  readonly loader: readonly string[];
  readonly uid: number;
  readonly euid: number;
  readonly loginuid: number;
  /** `ProcessFlag` bits of the wire schema. */
  readonly processFlags: number;
  /** Effective, bit by number. */
  readonly capabilities: number;
  readonly parent:
    | { readonly execId: ReturnType<typeof execId>; readonly pid: number; readonly exe: string }
    | undefined;
  /** File, unix socket. */
  readonly path: string;
  /** File: the path as asked for, '' where it is the same. Exec: the program as asked for. Change: the other path. Network: the domain. */
  readonly asked: string;
  /** Exec only. */
  readonly args: readonly string[];
  readonly flags: number;
  /** `FileFlag` bits of the wire schema; of other kinds than files BY_IO_URING alone, and of changes FILE_DETACHED too. */
  readonly what: number;
  /** 0, or a negated errno. */
  readonly result: number;
  /** Decimal digits: an inode number may need 64 bits. */
  readonly inode: string;
  /** tcp, udp, other; '' where it is no network event. */
  readonly protocol: string;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Exec: bytes of all arguments; a connection that is over: bytes sent, and `inode` those received; exit: code; fork: pid of the child; syscalls: thread; change: its value; unknown: the kind's number. */
  readonly number: number;
  readonly signal: number;
  readonly runMicros: number;
  /** What was done where nothing was opened; '' for other kinds. */
  readonly operation: OperationName | '';
  readonly target:
    | {
        readonly execId: ReturnType<typeof execId>;
        readonly pid: number;
        readonly exe: string;
        readonly uid: number;
        readonly euid: number;
      }
    | undefined;
  readonly syscalls: readonly number[];
}

/** Each was ended by NUL. */
const textsOf = (text: string): string[] => (text === '' ? [] : text.replace(/\0$/, '').split('\0'));

/** `::` stands for "none" too: it is shown only where the event has an address there. */
function addressText(ipv6: string, present: boolean): string {
  if (ipv6 === '::') return present ? '::' : '';
  return ipv6.startsWith('::ffff:') && ipv6.includes('.') ? ipv6.slice('::ffff:'.length) : ipv6;
}
