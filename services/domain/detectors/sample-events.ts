/** Events for detectors' tests: a process by its command line and its ancestors, then what it did. */

import { FileFlag } from '@picket/proto';
import type {
  FileChanged,
  FileOpened,
  KernelChanged,
  NetworkConnected,
  Process,
  ProcessAccessed,
  ProcessExecuted,
  ProcessHidden,
  SocketOpened,
  UnixConnected,
} from '../events/event.ts';
import { type BootId, type EndpointId, execId, micros, type StreamId } from '../events/ids.ts';
import type { OperationName } from '../events/operation.ts';

const boot = '11111111-1111-4111-8111-111111111111' as BootId;
const common = {
  endpoint: '22222222-2222-4222-8222-222222222222' as EndpointId,
  boot,
  stream: '0102030405060708' as StreamId,
  sequence: 1,
  time: micros(1_760_000_000_000_000),
  count: 1,
};

let pids = 1000;

export type ProcessFields = Partial<Omit<Process, 'parent' | 'args' | 'exe'>>;

/** `process('/usr/bin/cat /etc/shadow', '/usr/bin/bash', '/usr/sbin/sshd')`: a command line, then ancestors from the parent up. */
export function process(command: string | readonly string[], ...ancestors: readonly (string | Process)[]): Process {
  const args = typeof command === 'string' ? command.split(' ') : command;
  const pid = pids++;
  const [parent, ...others] = ancestors;
  return {
    execId: execId(boot, pid, 100),
    pid,
    startTicks: 100,
    exe: args[0]!,
    exeHash: '',
    package: '',
    args: [args[0]!.slice(args[0]!.lastIndexOf('/') + 1), ...args.slice(1)],
    cwd: '/root',
    script: '',
    user: 'root',
    cgroup: '/',
    loader: [],
    uid: 0,
    euid: 0,
    gid: 0,
    loginuid: 0xffffffff,
    flags: 0,
    capabilities: 0,
    parent: parent === undefined ? undefined : typeof parent === 'string' ? process(parent, ...others) : parent,
  };
}

export const withFields = (of: Process, fields: ProcessFields): Process => ({ ...of, ...fields });

export function executed(by: Process, fields: Partial<ProcessExecuted> = {}): ProcessExecuted {
  return {
    ...common,
    kind: 'process.executed',
    process: by,
    previous: undefined,
    asked: by.exe,
    argsBytes: 10,
    result: 0,
    ...fields,
  };
}

export function opened(by: Process, path: string, fields: Partial<FileOpened> = {}): FileOpened {
  return {
    ...common,
    kind: 'file.opened',
    process: by,
    path,
    asked: path,
    flags: 0,
    what: FileFlag.FILE_READ,
    device: 1,
    inode: 1,
    result: 0,
    ...fields,
  };
}

export const wrote = (by: Process, path: string, fields: Partial<FileOpened> = {}): FileOpened =>
  opened(by, path, { what: FileFlag.FILE_WRITE, flags: 0x41, ...fields });

export function connected(by: Process, remoteAddress: string, remotePort: number, domain = ''): NetworkConnected {
  return {
    ...common,
    kind: 'network.connected',
    process: by,
    protocol: 'tcp',
    localAddress: '10.0.0.5',
    localPort: 40000,
    remoteAddress,
    remotePort,
    result: 0,
    what: 0,
    domain,
  };
}

export const unixConnected = (by: Process, path: string): UnixConnected => ({
  ...common,
  kind: 'unix.connected',
  process: by,
  path,
  result: 0,
  what: 0,
});

type ChangeFields = Partial<Pick<FileChanged, 'path' | 'other' | 'value' | 'extra' | 'result'>>;
const change = { path: '', other: '', value: 0, extra: 0, result: 0, what: 0 };

export const fileChanged = (by: Process, operation: OperationName, fields: ChangeFields = {}): FileChanged => ({
  ...{ ...common, kind: 'file.changed', process: by, operation, ...change },
  ...fields,
});

export const kernelChanged = (by: Process, operation: OperationName, fields: ChangeFields = {}): KernelChanged => ({
  ...{ ...common, kind: 'kernel.changed', process: by, operation, ...change },
  ...fields,
});

export const socketOpened = (by: Process, operation: OperationName, fields: ChangeFields = {}): SocketOpened => ({
  ...{ ...common, kind: 'network.opened', process: by, operation, ...change },
  ...fields,
});

export const hidden = (by: Process, operation: OperationName): ProcessHidden => ({
  ...{ ...common, kind: 'process.hidden', process: by, operation, ...change },
  ...{ path: `/proc/${by.pid}`, other: by.exe.slice(by.exe.lastIndexOf('/') + 1, by.exe.lastIndexOf('/') + 16) },
});

export const accessed = (
  by: Process,
  operation: OperationName,
  target: Process | undefined,
  fields: ChangeFields = {},
): ProcessAccessed => ({
  ...{ ...common, kind: 'process.accessed', process: by, operation, target, ...change },
  ...fields,
});
