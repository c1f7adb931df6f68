/**
 * Parts of different versions run beside each other while one replaces the other: what one has written onto the bus the other
 * reads. The version at the other end is the first one, which has the fewest fields.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import protobuf from 'protobufjs';
import { everyKind } from '../services/archive/sample.fixture.ts';
import { decodeBatch } from '../services/domain/events/batch.ts';
import { EventBatch, type EventBatchFields } from './index.ts';
import { firstSchema, readByFirst, schema, writtenByFirst } from './versions.fixture.ts';

const everything = everyKind(7, 1_700_000_000_000_000);
/** What the first version could have said: the kinds that it knew come first. */
const kinds = 9;
const ofThen: EventBatchFields = {
  ...everything,
  kinds: everything.kinds!.slice(0, kinds),
  times: everything.times!.slice(0, kinds),
  process: everything.process!.slice(0, kinds),
  count: everything.count!.slice(0, kinds),
};

function eventsOf(bytes: Uint8Array) {
  const decoded = decodeBatch(bytes);
  assert.ok(decoded.ok, decoded.ok ? '' : decoded.detail);
  const { batch } = decoded;
  return Array.from({ length: batch.length }, (_, i) => batch.event(i));
}

test('what the first version wrote is read today, and what it did not know reads as nothing', () => {
  const written = writtenByFirst(ofThen);
  const events = eventsOf(written);
  assert.deepEqual(
    events.map(({ kind }) => kind),
    [
      ...['process.forked', 'process.executed', 'file.opened', 'file.opened', 'network.connected', 'network.bound'],
      ...['unix.connected', 'syscalls.sampled', 'process.exited'],
    ],
  );
  // The same values, under their names of today, by the encoder of today.
  assert.deepEqual(events, eventsOf(EventBatch.encode(readByFirst(written)).finish()));
  const [, exec] = events;
  assert.equal(exec?.process.exe, '/usr/bin/cat');
  assert.deepEqual(exec.process.args, ['cat', '/etc/hosts']);
  assert.deepEqual([exec.process.exeHash, exec.process.package, exec.process.capabilities], ['', '', 0]);
});

test('what is written today is read by the first version, but for what it does not know', () => {
  const written = EventBatch.encode(everything).finish();
  const known = writtenByFirst(everything);
  assert.ok(written.length > known.length);
  assert.deepEqual(readByFirst(written), readByFirst(known));
});

test('no number of the first schema means something else today', () => {
  const today = schema('picket.proto');
  const changed = firstSchema.nestedArray.flatMap(object => {
    const now = today.get(object.name);
    return meanings(object)
      .filter(meaning => now === null || !meanings(now).includes(meaning))
      .map(meaning => `${object.name}: ${meaning}`);
  });
  assert.deepEqual(changed, []);
});

/** Of a message or an enumeration: what each number stands for. */
function meanings(object: protobuf.ReflectionObject): string[] {
  if (object instanceof protobuf.Enum) return Object.entries(object.values).map(([name, id]) => `${id} is ${name}`);
  if (!(object instanceof protobuf.Type)) return [];
  return object.fieldsArray.map(
    ({ id, name, type, repeated }) => `${id} is ${repeated ? 'repeated ' : ''}${type} ${name}`,
  );
}
