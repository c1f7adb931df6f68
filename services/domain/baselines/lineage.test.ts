import assert from 'node:assert/strict';
import { test } from 'node:test';
import { executed, process, withFields } from '../detectors/sample-events.ts';
import { lineageOf } from './lineage.ts';

const nginx = '/usr/sbin/nginx -g daemon';

test('a child of a program is its value', () => {
  assert.deepEqual(lineageOf(executed(process('/usr/bin/id', nginx))), {
    starter: '/usr/sbin/nginx',
    value: '/usr/bin/id',
  });
});

test('shells in between belong to the value, not to the question who', () => {
  const event = executed(process('/usr/bin/id', '/usr/bin/sh', nginx));
  assert.deepEqual(lineageOf(event), { starter: '/usr/sbin/nginx', value: 'sh › /usr/bin/id' });
});

test('a script is a program, not a shell', () => {
  const script = withFields(process('/usr/bin/dash /etc/cron.daily/apt'), { script: '/etc/cron.daily/apt' });
  assert.deepEqual(lineageOf(executed(process('/usr/bin/apt', script))), {
    starter: '/etc/cron.daily/apt',
    value: '/usr/bin/apt',
  });
});

test('the forked image says who it was before', () => {
  const previous = process('/usr/bin/sudo id', '/usr/bin/bash');
  assert.equal(lineageOf(executed(process('/usr/bin/id', '/usr/bin/bash'), { previous }))?.starter, '/usr/bin/sudo');
});

test('programs in temporary folders are one program', () => {
  const event = executed(process('/tmp/go-build1234/b001/x.test', '/usr/bin/go'));
  assert.equal(lineageOf(event)?.value, '/tmp/go-build<n>/b<n>/x.test');
});

test('nothing but shells gives nothing', () => {
  assert.equal(lineageOf(executed(process('/usr/bin/id', '/usr/bin/bash'))), undefined);
});
