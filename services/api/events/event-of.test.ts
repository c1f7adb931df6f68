import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredEvent } from '../../queries/events/row.ts';
import { eventOf } from './event-of.ts';

const stored = { kind: 'process.exited', time: 0, endpoint: 'e', protocol: '', loader: [], cgroup: '' };
const placeOf = (cgroup: string) => {
  const { unit, container } = eventOf({ ...stored, cgroup } as unknown as StoredEvent, new Map()).process;
  return { unit, container };
};

test('an event says the unit or the container that its control group is of', () => {
  const id = '0123456789abcdef'.repeat(4);
  assert.deepEqual(placeOf('/system.slice/ssh.service'), { unit: 'ssh.service', container: '' });
  assert.deepEqual(placeOf(`/system.slice/docker-${id}.scope`), { unit: '', container: id });
  assert.deepEqual(placeOf('/'), { unit: '', container: '' });
});
