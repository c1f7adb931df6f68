import assert from 'node:assert/strict';
import { cpuUsage } from 'node:process';
import { test } from 'node:test';
import fc from 'fast-check';
import { generalise } from '../baselines/generalise.ts';
import { ask } from '../detectors/detector.ts';
import { RecentExecs } from '../detectors/recent-execs.ts';
import {
  accessed,
  connected,
  executed,
  fileChanged,
  hidden,
  kernelChanged,
  opened,
  process,
  socketOpened,
  unixConnected,
  withFields,
  wrote,
} from '../detectors/sample-events.ts';
import type { Event, Process } from '../events/event.ts';
import { rules } from './index.ts';

/** Every rule sees every event of its kind, whatever it watches. */
function askAll(event: Event): void {
  const recent = new RecentExecs();
  recent.add(event.process, event.time);
  for (const rule of rules) {
    if ((rule.needs as readonly string[]).includes(event.kind))
      ask(rule, event, { siblings: by => recent.siblings(by) });
    if (event.kind === 'file.opened') rule.watches?.(event.path, 'write');
  }
}

function events(exe: string, args: readonly string[], path: string): Event[] {
  const by = withFields(
    { ...process('/usr/bin/x', '/usr/bin/y'), exe, args },
    { script: path, cwd: path, user: path, loader: [`LD_PRELOAD=${path}`] },
  );
  return [
    executed(by),
    opened(by, path),
    wrote(by, path),
    unixConnected(by, path),
    connected(by, path, 80),
    ...changes(by, path),
  ];
}

const changes = (by: Process, path: string): Event[] => [
  fileChanged(by, 'unlink', { path, other: path }),
  kernelChanged(by, 'load-module', { path, other: path }),
  socketOpened(by, 'packet-socket'),
  accessed(by, 'trace', by),
  hidden(by, 'hide-entry'),
];

test('whatever strings an endpoint sends, no rule throws', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('/tmp/x', '/etc/shadow', '-c', '/bin/sh', 'curl x | sh'),
  );
  fc.assert(
    fc.property(text, fc.array(text, { maxLength: 5 }), text, (exe, args, path) => {
      for (const event of events(exe, args, path)) askAll(event);
      generalise(path);
    }),
  );
});

/** What makes a careless pattern try every way to split a text. */
const bait = [
  'net connect ',
  'socket ',
  'Socket exec',
  '1.1',
  '1',
  'a1',
  '/',
  ' -',
  '| sh ',
  'mkfifo ',
  'TCPSocket ',
  'stop ',
  '/dev/tcp/',
  'aA1',
  '-perm ',
];
const tools = [
  '/usr/bin/node',
  '/usr/bin/bash',
  '/usr/bin/python3',
  '/usr/bin/perl',
  '/usr/bin/ruby',
  '/usr/bin/php',
  '/usr/bin/systemctl',
  '/usr/bin/socat',
  '/usr/bin/find',
  '/usr/bin/gdb',
];

test('64 kB of anything costs every rule together less than a second of a processor', () => {
  for (const part of bait) {
    const text = part.repeat(65_536 / part.length);
    const since = cpuUsage();
    for (const tool of tools) for (const event of events(tool, ['x', '-c', text], `/${text}`)) askAll(event);
    generalise(`/${text}`);
    const millis = cpuUsage(since).user / 1_000;
    assert.ok(millis < 1_000, `${JSON.stringify(part)} repeated took ${millis.toFixed()} ms`);
  }
});
