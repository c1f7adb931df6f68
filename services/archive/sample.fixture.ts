/** Batches as agents send them, for tests. */

import { zstdCompressSync } from 'node:zlib';
import { EventBatch, type EventBatchFields, EventKind, FileFlag, Operation } from '@picket/proto';
import type { EndpointId, StreamId } from '../domain/events/ids.ts';
import type { Message } from '../ports/bus.ts';

export const endpoint = '018f0000-0000-7000-8000-000000000001' as EndpointId;
export const stream = 'f102030405060708' as StreamId;
export const boot = '00112233-4455-6677-8899-aabbccddeeff';

const strings = [
  '',
  '/usr/bin/bash',
  '/usr/bin/cat',
  'cat\0/etc/hosts\0',
  '/etc/hosts',
  '/tmp/bad\xff\xfe\nname',
  'alice',
  '/system.slice/ssh.service',
  '\xc0\xa8\x01\x02',
  '\x0a\x00\x00\x01',
  '\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x05',
  "'; DROP TABLE events; --\n\n",
  '\0abstract',
  '\xab\0'.repeat(16),
  'coreutils 9.1-1',
  'LD_PRELOAD=/tmp/x.so\0LD_AUDIT=y\0',
  'www.example.com',
];
const at = (text: string): number => strings.indexOf(text);

/** One event of each kind, and one that no server knows; the times are a millisecond apart from `time` on. */
export function everyKind(firstSequence: number, time: number): EventBatchFields {
  return {
    endpointId: endpoint,
    bootId: Buffer.from(boot.replaceAll('-', ''), 'hex'),
    streamId: Buffer.from(stream, 'hex'),
    firstSequence,
    agentVersion: '0.1.0',
    strings: strings.map(text => Buffer.from(text, 'latin1')),
    processes: {
      pid: [10, 11],
      startTicks: [500, 700],
      parent: [0, 1],
      exe: [1, 2],
      args: [0, 3],
      cwd: [0, at("'; DROP TABLE events; --\n\n")],
      user: [6, 6],
      cgroup: [7, 7],
      uid: [1000, 1001],
      euid: [1000, 0],
      loginuid: [4294967295, 1000],
      flags: [0, 32],
      exeHash: [0, at('\xab\0'.repeat(16))],
      package: [0, at('coreutils 9.1-1')],
      loader: [0, at('LD_PRELOAD=/tmp/x.so\0LD_AUDIT=y\0')],
      capabilities: [0, 2 ** 40 + 1],
    },
    kinds: [
      EventKind.PROCESS_FORK,
      EventKind.PROCESS_EXEC,
      EventKind.FILE_OPEN,
      EventKind.FILE_OPEN,
      EventKind.NETWORK_CONNECT,
      EventKind.NETWORK_BIND,
      EventKind.UNIX_CONNECT,
      EventKind.SYSCALL_SEQUENCE,
      EventKind.PROCESS_EXIT,
      77,
      EventKind.FILE_CHANGE,
      EventKind.IDENTITY_CHANGE,
    ],
    times: [time, ...new Array<number>(11).fill(1000)],
    process: [1, 2, 2, 2, 2, 2, 2, 2, 2, 0, 2, 2],
    count: [1, 1, 4, 1, 1, 1, 1, 1, 1, 1, 1, 1],
    forks: { child: [2] },
    execs: { previous: [1], asked: [2], argsBytes: [15], result: [0] },
    files: {
      path: [4, 5],
      asked: [0, 11],
      flags: [0, 0x241],
      what: [FileFlag.FILE_READ, FileFlag.FILE_WRITE],
      inode: [2 ** 53 - 1, 7],
      result: [0, -13],
    },
    network: {
      family: [4, 6],
      protocol: [6, 17],
      localAddress: [8, 10],
      localPort: [40_000, 53],
      remoteAddress: [9, 0],
      remotePort: [443, 0],
      result: [-115, 0],
      what: [FileFlag.BY_IO_URING, 0],
      domain: [at('www.example.com'), 0],
    },
    unix: { path: [at('\0abstract')], result: [-111] },
    syscalls: { thread: [12], unseen: [2], numbers: [Buffer.from([1, 0, 0x39, 1])] },
    changes: {
      operation: [Operation.RENAME, Operation.SET_USER],
      path: [4, 0],
      other: [5, 0],
      target: [0, 1],
      value: [1, 2 ** 32],
      extra: [2, 0],
      result: [0, -1],
    },
    exits: { code: [3], signal: [9], runMicros: [123_456_789] },
  };
}

/** `length` opens of files. */
export function opens(firstSequence: number, length: number, time: number, of: string = stream): EventBatchFields {
  return {
    endpointId: endpoint,
    bootId: Buffer.alloc(16, 1),
    streamId: Buffer.from(of, 'hex'),
    firstSequence,
    agentVersion: '0.1.0',
    strings: strings.map(text => Buffer.from(text, 'latin1')),
    processes: { pid: [10], startTicks: [500], parent: [0], exe: [1] },
    kinds: new Array<number>(length).fill(EventKind.FILE_OPEN),
    times: [time, ...new Array<number>(Math.max(0, length - 1)).fill(1000)].slice(0, length),
    process: new Array<number>(length).fill(1),
    count: new Array<number>(length).fill(1),
    files: { path: new Array<number>(length).fill(4), what: new Array<number>(length).fill(1) },
  };
}

/** As ingress puts it into the bus. */
export function messageOf(fields: EventBatchFields, received: number): Message {
  return {
    key: fields.endpointId ?? endpoint,
    headers: { encoding: 'zstd', received: String(received) },
    value: zstdCompressSync(EventBatch.encode(fields).finish()),
  };
}
