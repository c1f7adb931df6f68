import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from './api.ts';
import { eventLine, failureName, fileWords, processWords } from './event-words.ts';

const common: Event = {
  endpoint: { id: '0', name: 'h' },
  time: '2026-11-21T12:00:00.000000Z',
  kind: 'unknown',
  bootId: '0',
  stream: '00',
  sequence: 1,
  count: 1,
  process: {
    execId: 'b:1:1',
    pid: 1,
    exe: '/bin/sh',
    exeHash: '',
    package: '',
    script: '',
    cwd: '/',
    user: 'root',
    uid: 0,
    euid: 0,
    loginuid: 0,
    flags: 0,
    cgroup: '/',
    unit: '',
    container: '',
    loader: [],
    capabilities: 0,
  },
  parent: null,
  exec: null,
  fork: null,
  exit: null,
  file: null,
  network: null,
  closed: null,
  unix: null,
  change: null,
  syscalls: null,
};

const network = {
  protocol: 'tcp',
  localAddress: '::1',
  localPort: 22,
  remoteAddress: '192.0.2.7',
  remotePort: 4444,
  result: 0,
  what: 0,
  domain: '',
};

const target = { execId: 'b:7:7', pid: 7, exe: '/usr/sbin/sshd', uid: 0, euid: 0 };
const change = { path: '', other: '', value: 0, extra: 0, target: null, result: 0, what: 0 };

const cases: [Partial<Event>, { object: string; how: string }][] = [
  [
    { kind: 'process.executed', exec: { asked: 'ls', args: ['ls', 'a b'], argsBytes: 6, result: 0 } },
    { object: "ls 'a b'", how: '' },
  ],
  [
    { kind: 'process.exited', exit: { code: 1, signal: 0, runMicros: 12_000 } },
    { object: 'code 1', how: 'after 12 ms' },
  ],
  [
    { kind: 'file.opened', file: { path: '/etc/shadow', asked: '', flags: 0, what: 1, inode: '1', result: -13 } },
    { object: '/etc/shadow', how: 'EACCES, read' },
  ],
  [
    { kind: 'network.connected', network },
    { object: '192.0.2.7:4444', how: 'tcp' },
  ],
  [
    { kind: 'network.connected', network: { ...network, what: 256 } },
    { object: '192.0.2.7:4444', how: 'tcp, by io_uring' },
  ],
  [
    { kind: 'network.connected', network: { ...network, domain: 'pool.example' } },
    { object: 'pool.example (192.0.2.7:4444)', how: 'tcp' },
  ],
  [
    {
      kind: 'network.resolved',
      network: { ...network, protocol: 'udp', domain: 'a.example', localAddress: '192.0.2.1' },
    },
    { object: 'a.example → 192.0.2.1', how: '' },
  ],
  [
    { kind: 'network.resolved', network: { ...network, domain: 'b.example', localAddress: '', result: -2 } },
    { object: 'b.example', how: 'no such name' },
  ],
  [
    { kind: 'network.closed', network, closed: { sent: 10, received: 2_000, runMicros: 12_000 } },
    { object: '192.0.2.7:4444', how: 'tcp, 10 B sent, 2.0 KiB received, after 12 ms' },
  ],
  [
    { kind: 'process.hidden', change: { ...change, operation: 'hide-entry', path: '/proc/7', other: 'kworkerds' } },
    { object: '/proc/7 → kworkerds', how: 'covered in /proc' },
  ],
  [
    { kind: 'file.changed', change: { ...change, operation: 'rename', path: '/a', other: '/b' } },
    { object: '/a → /b', how: 'renamed' },
  ],
  [
    { kind: 'file.changed', change: { ...change, operation: 'chmod', path: '/a', value: 0o4755, result: -1 } },
    { object: '/a', how: 'mode set to 4755, EPERM' },
  ],
  [
    { kind: 'kernel.changed', change: { ...change, operation: 'set-clock', value: 1_795_330_800 } },
    { object: '', how: 'clock set to 2026-11-22 07:00:00 UTC' },
  ],
  [
    { kind: 'kernel.changed', change: { ...change, operation: 'set-clock', value: 30, extra: 1, result: -1 } },
    { object: '', how: 'clock moved by 30 seconds, EPERM' },
  ],
  [
    { kind: 'process.accessed', change: { ...change, operation: 'trace', target } },
    { object: '/usr/sbin/sshd (pid 7)', how: 'traced' },
  ],
  [
    {
      kind: 'identity.changed',
      change: { ...change, operation: 'set-user', target: { ...target, pid: 1, uid: 33, euid: 33 } },
    },
    { object: 'uid 33 → 0', how: 'user set' },
  ],
  [
    { kind: 'process.executed', exec: { asked: '/x', args: ['sh'], argsBytes: 0, result: -13 } },
    { object: '/x', how: 'EACCES' },
  ],
  [
    { kind: 'network.bound', network },
    { object: '[::1]:22', how: 'tcp' },
  ],
];

for (const [event, line] of cases) {
  test(`${event.kind} reads as ${line.object} ${line.how}`, () =>
    assert.deepEqual(eventLine({ ...common, ...event }), line));
}

test('a connection that is still being made has not failed', () => assert.equal(failureName(-115), ''));
test('an error without a name here keeps its number', () => assert.equal(failureName(-71), 'error 71'));
test('process flags are words', () => assert.equal(processWords(2 | 8 | 32), 'file was deleted, set-user-ID'));
test('file flags are words', () => assert.equal(fileWords(1 | 4 | 128), 'read, created, executable'));
