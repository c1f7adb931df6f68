/** change and identity records: what was done without opening anything. */

import { posix } from 'node:path';
import type { RecordLayout } from '@picket/native';
import { FileFlag, Operation } from '@picket/proto';
import { processFlags } from './decode-process.ts';
import type { ByteString, Change } from './event.ts';
import { offsetsOf } from './layout.ts';
import { isDetached, pathText, wayFlags } from './path-text.ts';
import { type Reader, ticks } from './record-view.ts';

/** `PICKET_EXECUTE` of native/bpf/record.h: no operation of the wire. */
const execute = 60;

/** Operations are numbered in groups: 1–19 files, 20–29 identities, 30–39 other processes, 40–49 the kernel, 50–59 sockets. */
function kindOf(operation: number): Change['kind'] {
  if (operation < Operation.SET_USER) return 'file-change';
  if (operation < Operation.LOAD_PROGRAM) return 'process-access';
  return operation < Operation.RAW_SOCKET ? 'kernel-change' : 'socket-open';
}

export function changeReader(layouts: readonly RecordLayout[]): { type: number; read: Reader } {
  const { type, at } = offsetsOf(layouts, 'change', {
    value: 'u64',
    target_start: 'u64',
    target_pid: 'u32',
    extra: 'u32',
    operation: 'u32',
    path_flags: 'u32',
    other_flags: 'u32',
    result: 'i32',
    base: 'tail',
    path: 'tail',
    other_base: 'tail',
    other: 'tail',
    how: 'u32',
  });
  const read: Reader = (view, { time, pid, startTicks, count }) => {
    const operation = view.u32(at.operation);
    const common = { time, pid, startTicks, count, result: view.i32(at.result) };
    const pathFlags = view.u32(at.path_flags);
    const otherFlags = view.u32(at.other_flags);
    const path = place(view.tail(at.base), view.tail(at.path), pathFlags);
    const where = isDetached(pathFlags) || isDetached(otherFlags) ? FileFlag.FILE_DETACHED : 0;
    if (operation === execute) return { ...common, kind: 'exec-failed', asked: path };
    return {
      ...common,
      kind: kindOf(operation),
      operation,
      path,
      other: place(view.tail(at.other_base), view.tail(at.other), otherFlags),
      targetPid: view.u32(at.target_pid),
      targetTicks: ticks(view.u64(at.target_start)),
      value: view.u64(at.value),
      extra: view.u32(at.extra),
      what: where | wayFlags(view.u32(at.how)),
    };
  };
  return { type, read };
}

/** The path of a text from where it starts; without a text, of the open file itself; without a start, the text. */
function place(base: ByteString, text: ByteString, flags: number): ByteString {
  if (base === '') return text;
  return text === '' ? pathText(base, flags, 0) : posix.join(base, text);
}

export function identityReader(layouts: readonly RecordLayout[]): { type: number; read: Reader } {
  const { type, at } = offsetsOf(layouts, 'identity', {
    value: 'u64',
    capabilities: 'u64',
    operation: 'u32',
    result: 'i32',
    uid: 'u32',
    euid: 'u32',
    gid: 'u32',
    mount_namespace: 'u32',
    pid_namespace: 'u32',
    user_namespace: 'u32',
    network_namespace: 'u32',
    ipc_namespace: 'u32',
    uts_namespace: 'u32',
    apart: 'u32',
  });
  const read: Reader = (view, { time, pid, startTicks, count }) => ({
    kind: 'identity-change',
    time,
    pid,
    startTicks,
    count,
    operation: view.u32(at.operation),
    value: view.u64(at.value),
    result: view.i32(at.result),
    identity: {
      uid: view.u32(at.uid),
      euid: view.u32(at.euid),
      gid: view.u32(at.gid),
      capabilities: view.u64(at.capabilities),
      mountNamespace: view.u32(at.mount_namespace),
      pidNamespace: view.u32(at.pid_namespace),
      userNamespace: view.u32(at.user_namespace),
      networkNamespace: view.u32(at.network_namespace),
      ipcNamespace: view.u32(at.ipc_namespace),
      utsNamespace: view.u32(at.uts_namespace),
    },
    apart: processFlags(view.u32(at.apart)),
  });
  return { type, read };
}
