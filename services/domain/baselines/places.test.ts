import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOrdinaryRead, isOrdinaryWrite, isSensitive, mayFold } from './places.ts';

const sensitive = [
  '/etc/shadow',
  '/root/.ssh/id_rsa',
  '/home/<user>/.aws/credentials',
  '/proc/<pid>/mem',
  '/etc/pam.d/su',
];
const plain = ['/etc/app.conf', '/root/.npm/x', '/home/<user>/notes', '/srv/x', '/proc/<pid>/stat'];

test('sensitive places and plain ones', () => {
  for (const path of sensitive) assert.ok(isSensitive(path), path);
  for (const path of plain) assert.ok(!isSensitive(path), path);
});

test('reading libraries tells nothing, reading data does; no sensitive place is ordinary', () => {
  for (const path of [
    '/usr/lib/x.so',
    '/proc/<pid>/stat',
    '/proc/meminfo',
    '/dev/null',
    'memfd:x',
    '/etc/ld.so.cache',
  ]) {
    assert.ok(isOrdinaryRead(path), path);
  }
  for (const path of [...sensitive, '/srv/x', '/var/lib/x', '/etc/app.conf']) assert.ok(!isOrdinaryRead(path), path);
  for (const path of [...sensitive, '/usr/lib/x.so', '/usr/bin/x']) assert.ok(!isOrdinaryWrite(path), path);
});

test('folders fold below a name of their own, never as a whole part of the system, never over what is sensitive', () => {
  for (const folder of ['/var/cache/app', '/tmp', '/home/<user>/project', '/srv/www/htdocs']) {
    assert.ok(mayFold(`read ${folder}`, `read ${folder}/x`), folder);
  }
  for (const folder of ['/etc', '/usr/bin', '/home/<user>', '/root', '/var/lib', '/home/<user>/.ssh']) {
    assert.ok(!mayFold(`read ${folder}`, `read ${folder}/x`), folder);
  }
  assert.ok(!mayFold('read /home/<user>/backup', 'read /home/<user>/.ssh/id_rsa'));
});
