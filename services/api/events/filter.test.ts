import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiEvent } from '../live/events-feed.ts';
import { matcher } from './filter.ts';

const boot = '11111111-2222-4333-8444-555555555555';
const event: ApiEvent = {
  endpoint: { id: '00000000-0000-4000-8000-00000000000a', name: 'web' },
  time: '2027-01-15T08:00:00.000001Z',
  kind: 'file.opened',
  bootId: boot,
  stream: '00000000000000ff',
  sequence: 1,
  count: 1,
  process: {
    execId: `${boot}:100:5`,
    pid: 100,
    exe: '/usr/bin/python3.12',
    exeHash: 'ab'.repeat(32),
    package: '',
    script: '/opt/backup/run.py',
    cwd: '/',
    user: 'root',
    uid: 0,
    euid: 0,
    loginuid: 0,
    flags: 0,
    cgroup: '',
    unit: 'backup.service',
    container: '',
    loader: [],
    capabilities: 0,
  },
  parent: null,
  exec: null,
  fork: null,
  exit: null,
  file: { path: '/srv/data/100%.txt', asked: '../data/100%.txt', flags: 0, what: 0, inode: '1', result: 0 },
  network: null,
  closed: null,
  unix: null,
  change: null,
  syscalls: null,
};
const contained: ApiEvent = {
  ...event,
  process: { ...event.process, unit: '', container: `${'0123456789ab'.repeat(5)}cdef` },
};
const network: ApiEvent = {
  ...event,
  kind: 'network.connected',
  file: null,
  network: {
    protocol: 'tcp',
    localAddress: '10.0.0.1',
    localPort: 1,
    remoteAddress: '192.0.2.9',
    remotePort: 443,
    result: 0,
    what: 0,
    domain: 'www.example.com',
  },
};

const cases: readonly [why: string, filter: Parameters<typeof matcher>[0], of: ApiEvent, matches: boolean][] = [
  ['nothing asked', {}, event, true],
  ['the endpoint in any case', { endpoint: '00000000-0000-4000-8000-00000000000A' }, event, true],
  ['another endpoint', { endpoint: '00000000-0000-4000-8000-00000000000b' }, event, false],
  ['one of the kinds', { kind: ['process.exited', 'file.opened'] }, event, true],
  ['another kind', { kind: ['process.exited'] }, event, false],
  ['the whole program', { program: '/usr/bin/python3.12' }, event, true],
  ['a part of the program is not it', { program: '/usr/bin/python3' }, event, false],
  ['the script is a program too', { program: '/opt/*/run.py' }, event, true],
  ['* in the middle', { path: '/srv/*.txt' }, event, true],
  ['* for nothing', { path: '/srv/data/*100%.txt' }, event, true],
  ['the pieces may not overlap', { path: '/srv/data/100%.txt*.txt' }, event, false],
  ['% is only a character', { path: '/srv/data/1%' }, event, false],
  ['the path as asked for', { path: '../data/*' }, event, true],
  ['the remote address', { address: '192.0.2.9' }, network, true],
  ['the local address', { address: '10.0.0.1' }, network, true],
  ['an address of a file', { address: '10.0.0.1' }, event, false],
  ['search in any case', { search: 'DATA/100%' }, event, true],
  ['search for an address', { search: '192.0.2.9' }, network, true],
  ['search for what is not there', { search: 'shadow' }, event, false],
  ['the hash in any case', { hash: 'AB'.repeat(32) }, event, true],
  ['another hash', { hash: 'cd'.repeat(32) }, event, false],
  ['the unit', { unit: 'backup.service' }, event, true],
  ['a part of the unit is not it', { unit: 'backup' }, event, false],
  ['* in a unit', { unit: '*.service' }, event, true],
  ['what is in a container is of no unit', { unit: '*.service' }, contained, false],
  ['* is any unit, but there is one', { unit: '*' }, contained, false],
  ['* is any container, but there is one', { container: '*' }, event, false],
  ['* is any container', { container: '*' }, contained, true],
  ['the id of a container', { container: contained.process.container }, contained, true],
  ['its id as tools show it', { container: '0123456789ab' }, contained, true],
  ['less of its id', { container: '0123456789a' }, contained, false],
  ['a container of what is in none', { container: '0123456789ab' }, event, false],
  ['all of several', { user: 'root', execId: `${boot}:100:5`, path: '*' }, event, true],
  ['not all of several', { user: 'ada', path: '*' }, event, false],
];

test('a live event matches where the same filter would find it in the store', () => {
  for (const [why, filter, of, matches] of cases) assert.equal(matcher(filter)(of), matches, why);
});
