/** exec, fork and exit records. */

import { posix } from 'node:path';
import type { RecordLayout } from '@picket/native';
import { ProcessFlag } from '@picket/proto';
import type { ByteString } from './event.ts';
import { offsetsOf } from './layout.ts';
import type { LongArguments } from './long-arguments.ts';
import { isMemfd, pathText, unlinked } from './path-text.ts';
import { type Reader, ticks } from './record-view.ts';

/** `enum picket_exec_flag` of native/bpf/record.h. */
const script = 1;
const wireFlags: readonly (readonly [number, number])[] = [
  [2, ProcessFlag.EXE_SETID],
  [4, ProcessFlag.STDIN_SOCKET],
  [8, ProcessFlag.STDOUT_SOCKET],
  [16, ProcessFlag.IN_CONTAINER],
  [32, ProcessFlag.EXE_UPPER],
  [128, ProcessFlag.OWN_USERS],
  [256, ProcessFlag.OWN_NETWORK],
];
const environmentCut = 64;

/** The bits of the wire schema for those of an exec. */
export function processFlags(kernel: number): number {
  let flags = 0;
  for (const [bit, wire] of wireFlags) if (kernel & bit) flags |= wire;
  return flags;
}

export function execReader(layouts: readonly RecordLayout[], rest: LongArguments): { type: number; read: Reader } {
  const { type, at } = offsetsOf(layouts, 'exec', {
    parent_start: 'u64',
    capabilities: 'u64',
    exe_inode: 'u64',
    exe_bytes: 'u64',
    exe_changed: 'u64',
    exe_changed_nanos: 'u32',
    exe_device: 'u32',
    parent_pid: 'u32',
    uid: 'u32',
    euid: 'u32',
    gid: 'u32',
    loginuid: 'u32',
    mount_namespace: 'u32',
    pid_namespace: 'u32',
    user_namespace: 'u32',
    network_namespace: 'u32',
    ipc_namespace: 'u32',
    uts_namespace: 'u32',
    args_bytes: 'u32',
    exec_flags: 'u32',
    path_flags: 'u32',
    exe: 'tail',
    args: 'tail',
    cwd: 'tail',
    asked: 'tail',
    cgroup: 'tail',
    loader: 'tail',
  });
  const read: Reader = (view, { time, pid, startTicks, count }) => {
    const args = rest.join(pid, startTicks, view.tail(at.args), view.u32(at.args_bytes));
    const pathFlags = view.u32(at.path_flags);
    const execFlags = view.u32(at.exec_flags);
    const exe = pathText(view.tail(at.exe), pathFlags, 0);
    const cwd = view.tail(at.cwd);
    const asked = view.tail(at.asked);
    let flags = processFlags(execFlags);
    if (isMemfd(exe, pathFlags)) flags |= ProcessFlag.EXE_MEMFD;
    if (unlinked(pathFlags)) flags |= ProcessFlag.EXE_DELETED;
    return {
      kind: 'exec',
      time,
      pid,
      startTicks,
      count,
      asked,
      loaderCut: Boolean(execFlags & environmentCut),
      image: {
        pid,
        startTicks,
        parentPid: view.u32(at.parent_pid),
        parentTicks: ticks(view.u64(at.parent_start)),
        exe,
        args,
        argsBytes: view.u32(at.args_bytes),
        cwd,
        script: execFlags & script ? absolute(cwd, asked) : '',
        cgroup: view.tail(at.cgroup),
        loader: view.tail(at.loader),
        file: {
          device: deviceNumber(view.u32(at.exe_device)),
          inode: view.u64(at.exe_inode),
          bytes: view.u64(at.exe_bytes),
          changed: view.u64(at.exe_changed),
          changedNanos: view.u32(at.exe_changed_nanos),
        },
        uid: view.u32(at.uid),
        euid: view.u32(at.euid),
        gid: view.u32(at.gid),
        loginuid: view.u32(at.loginuid),
        flags,
        capabilities: view.u64(at.capabilities),
        mountNamespace: view.u32(at.mount_namespace),
        pidNamespace: view.u32(at.pid_namespace),
        userNamespace: view.u32(at.user_namespace),
        networkNamespace: view.u32(at.network_namespace),
        ipcNamespace: view.u32(at.ipc_namespace),
        utsNamespace: view.u32(at.uts_namespace),
      },
    };
  };
  return { type, read };
}

export function forkReader(layouts: readonly RecordLayout[]): { type: number; read: Reader } {
  const { type, at } = offsetsOf(layouts, 'fork', { child_start: 'u64', child_pid: 'u32' });
  const read: Reader = (view, { time, pid, startTicks, count }) => ({
    kind: 'fork',
    time,
    pid,
    startTicks,
    count,
    childPid: view.u32(at.child_pid),
    childTicks: ticks(view.u64(at.child_start)),
  });
  return { type, read };
}

export function exitReader(layouts: readonly RecordLayout[]): { type: number; read: Reader } {
  const { type, at } = offsetsOf(layouts, 'exit', { run_nanos: 'u64', status: 'u32' });
  const read: Reader = (view, { time, pid, startTicks, count }) => {
    const status = view.u32(at.status);
    return {
      kind: 'exit',
      time,
      pid,
      startTicks,
      count,
      code: (status >> 8) & 0xff,
      signal: status & 0x7f,
      runMicros: Math.round(view.u64(at.run_nanos) / 1_000),
    };
  };
  return { type, read };
}

/** The path that `asked` means in the folder `cwd`, without what only makes it look another; symbolic links stay as they are. */
export const absolute = (cwd: ByteString, asked: ByteString): ByteString =>
  asked.startsWith('/') ? posix.normalize(asked) : posix.join(cwd || '/', asked);

/** The kernel's own dev_t (12 bits major, 20 bits minor) -> st_dev of stat(2). */
export function deviceNumber(device: number): number {
  const major = device >>> 20;
  const minor = device & 0xfffff;
  return (minor & 0xff) + major * 256 + (minor >>> 8) * 2 ** 20;
}
