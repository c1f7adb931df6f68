/** network, names and unix-socket records. */

import type { RecordLayout } from '@picket/native';
import { absolute } from './decode-process.ts';
import type { ByteString, Network } from './event.ts';
import { offsetsOf } from './layout.ts';
import { pathText, wayFlags } from './path-text.ts';
import type { Reader } from './record-view.ts';

/** `enum picket_operation` of native/bpf/record.h. */
const operations: readonly (Network['kind'] | undefined)[] = [undefined, 'connect', 'accept', 'bind', 'listen'];

export function networkReader(layouts: readonly RecordLayout[]): { type: number; read: Reader } {
  const { type, at } = offsetsOf(layouts, 'network', {
    local: 'bytes',
    remote: 'bytes',
    local_port: 'u16',
    remote_port: 'u16',
    protocol: 'u16',
    family: 'u8',
    operation: 'u8',
    result: 'i32',
    how: 'u32',
  });
  const read: Reader = (view, { time, pid, startTicks, count }) => {
    const kind = operations[view.u8(at.operation)];
    if (!kind) throw new Error(`A network record has the operation ${view.u8(at.operation)}, expected 1 to 4`);
    const sides = addresses(view.u8(at.family), view.bytes(at.local, 16), view.bytes(at.remote, 16));
    return {
      kind,
      time,
      pid,
      startTicks,
      count,
      family: sides.family,
      protocol: view.u16(at.protocol),
      localAddress: sides.local,
      localPort: view.u16(at.local_port),
      remoteAddress: kind === 'bind' || kind === 'listen' ? '' : sides.remote,
      remotePort: view.u16(at.remote_port),
      result: view.i32(at.result),
      what: wayFlags(view.u32(at.how)),
      domain: '',
    };
  };
  return { type, read };
}

export function closeReader(layouts: readonly RecordLayout[]): { type: number; read: Reader } {
  const { type, at } = offsetsOf(layouts, 'close', {
    local: 'bytes',
    remote: 'bytes',
    sent: 'u64',
    received: 'u64',
    run_nanos: 'u64',
    local_port: 'u16',
    remote_port: 'u16',
    family: 'u8',
    accepted: 'u8',
  });
  const read: Reader = (view, { time, pid, startTicks, count }) => {
    const sides = addresses(view.u8(at.family), view.bytes(at.local, 16), view.bytes(at.remote, 16));
    return {
      kind: 'close',
      time,
      pid,
      startTicks,
      count,
      family: sides.family,
      protocol: tcp,
      localAddress: sides.local,
      localPort: view.u16(at.local_port),
      remoteAddress: sides.remote,
      remotePort: view.u16(at.remote_port),
      accepted: view.u8(at.accepted) !== 0,
      sent: view.u64(at.sent),
      received: view.u64(at.received),
      runMicros: Math.round(view.u64(at.run_nanos) / 1_000),
      result: 0,
      what: 0,
      domain: '',
    };
  };
  return { type, read };
}

export function namesReader(layouts: readonly RecordLayout[]): { type: number; read: Reader } {
  const { type, at } = offsetsOf(layouts, 'names', {
    remote: 'bytes',
    remote_port: 'u16',
    family: 'u8',
    answer: 'u8',
    message: 'tail',
  });
  const read: Reader = (view, { time, pid, startTicks, count }) => {
    const sides = addresses(view.u8(at.family), any, view.bytes(at.remote, 16));
    return {
      kind: 'name-heard',
      time,
      pid,
      startTicks,
      count,
      family: sides.family,
      remoteAddress: sides.remote,
      remotePort: view.u16(at.remote_port),
      isAnswer: view.u8(at.answer) !== 0,
      message: view.tailCopy(at.message),
    };
  };
  return { type, read };
}

const tcp = 6;
const any = '\0'.repeat(16);
const mapped = `${'\0'.repeat(10)}\xff\xff`;

/** An IPv6 socket that talks to an IPv4 peer (::ffff:a.b.c.d) is told as what it is on the network: IPv4. */
function addresses(family: number, local: ByteString, remote: ByteString) {
  if (family !== 6) return { family: 4, local: local.slice(0, 4), remote: remote.slice(0, 4) } as const;
  const reaches4 = remote.startsWith(mapped) || (local.startsWith(mapped) && remote === any);
  if (!reaches4 || !(local === any || local.startsWith(mapped))) return { family: 6, local, remote } as const;
  return { family: 4, local: local.slice(12), remote: remote.slice(12) } as const;
}

export function unixReader(layouts: readonly RecordLayout[]): { type: number; read: Reader } {
  const { type, at } = offsetsOf(layouts, 'unix', {
    path_flags: 'u32',
    result: 'i32',
    path: 'tail',
    base: 'tail',
    how: 'u32',
  });
  const read: Reader = (view, { time, pid, startTicks, count }) => {
    const base = view.tail(at.base);
    const path: ByteString = base === '' ? view.tail(at.path) : absolute(base, view.tail(at.path));
    return {
      kind: 'unix-connect',
      time,
      pid,
      startTicks,
      count,
      path: path === '' ? '' : pathText(path, view.u32(at.path_flags), 0),
      result: view.i32(at.result),
      what: wayFlags(view.u32(at.how)),
    };
  };
  return { type, read };
}
