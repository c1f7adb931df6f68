import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BaselineKey } from '../domain/baselines/baseline.ts';
import { defaultPolicy } from '../domain/baselines/policy.ts';
import { type EndpointId, micros, type StreamId } from '../domain/events/ids.ts';
import type { SensorRecord } from '../domain/sensor/observation.ts';
import { EndpointState } from './endpoint-state.ts';
import { defaultLimits, Residents } from './residents.ts';

const endpoint = '018f0000-0000-7000-8000-00000000000a' as EndpointId;
const stream = '0102030405060708' as StreamId;
const start = 1_760_000_000_000_000;
const stored = { endpoint, watermarks: {}, recent: [], suspects: [], sensor: undefined };
const key = (program: string): BaselineKey => ({ endpoint, family: 'file', program });

function open(entries = defaultLimits.entries): Residents {
  const residents = new Residents(defaultPolicy, { ...defaultLimits, entries });
  residents.admitEndpoint(endpoint, undefined, 0);
  return residents;
}

/** The program reads a file that is new to it. */
function learn(residents: Residents, program: string, value: string): void {
  residents.admit(residents.missing([key(program)]), []);
  residents.baseline(key(program), micros(start))!.observe(value, micros(start), true);
}

test('what a checkpoint could not write is in the next one, with what changed since', () => {
  const residents = open();
  learn(residents, '/a', 'read /etc/x');
  residents.endpoint(endpoint).advance(stream, 1, 5);
  const failed = residents.takeChanges();
  learn(residents, '/a', 'read /etc/y');
  residents.putBack(failed);
  const next = residents.takeChanges();
  assert.deepEqual(next.baselines[0]!.written.map(([value]) => value).sort(), ['read /etc/x', 'read /etc/y']);
  assert.deepEqual(next.endpoints[0]!.watermarks, { [stream]: 5 });
  assert.deepEqual(residents.takeChanges(), { endpoints: [], baselines: [] });
});

test('an entry that was folded away while its checkpoint failed is removed by the next one', () => {
  const residents = open();
  learn(residents, '/a', 'read /srv/app/data/first');
  const failed = residents.takeChanges();
  for (let i = 0; i < 20; i++) learn(residents, '/a', `read /srv/app/data/${i}`);
  residents.putBack(failed);
  const [change] = residents.takeChanges().baselines;
  assert.deepEqual(
    change!.written.map(([value]) => value),
    ['read /srv/app/data/**'],
  );
  assert.ok(change!.removed.includes('read /srv/app/data/first'));
});

test('what was not used for longest is dropped first, and only what is checkpointed', () => {
  const residents = open(5);
  for (const program of ['/a', '/b', '/c']) learn(residents, program, 'read /etc/x');
  residents.takeChanges();
  learn(residents, '/a', 'read /etc/y');
  residents.known(key('/b'));
  residents.shrink();
  assert.deepEqual(residents.missing(['/a', '/b', '/c'].map(key)), [key('/c')]);
});

test('a baseline that nobody fetched is a mistake of the caller', () => {
  const residents = new Residents(defaultPolicy);
  residents.admitEndpoint(endpoint, { ...stored, baselines: 1 }, 0);
  assert.throws(() => residents.baseline(key('/a'), micros(start)), /was not admitted/);
});

test('an endpoint whose baselines are all in memory is asked for none; one whose are not, is', () => {
  const residents = new Residents(defaultPolicy, { ...defaultLimits, entries: 3 });
  residents.admitEndpoint(endpoint, undefined, 0);
  assert.deepEqual(residents.missing([key('/a')]), []);
  learn(residents, '/a', 'read /etc/x');
  learn(residents, '/b', 'read /etc/x');
  assert.deepEqual(residents.missing(['/a', '/b', '/c'].map(key)), []);
  residents.takeChanges();
  residents.shrink();
  assert.deepEqual(residents.missing(['/a', '/b', '/c'].map(key)), [key('/a'), key('/c')]);
});

test('numbers of a stream: new, known, known in part, with a hole before', () => {
  const state = new EndpointState(endpoint, undefined);
  assert.deepEqual(state.advance(stream, 10, 5), { from: 0, missing: 0, isOld: false });
  assert.deepEqual(state.advance(stream, 10, 5), { from: 5, missing: 0, isOld: true });
  assert.deepEqual(state.advance(stream, 12, 5), { from: 3, missing: 0, isOld: false });
  assert.deepEqual(state.advance(stream, 20, 1), { from: 0, missing: 3, isOld: false });
  assert.deepEqual(state.advance(stream, 21, 0), { from: 0, missing: 0, isOld: false });
  assert.deepEqual(state.advance('ffffffffffffffff' as StreamId, 1, 1), { from: 0, missing: 0, isOld: false });
});

test('an empty batch is old where it is of another stream than the newest, in whatever order the streams were read back', () => {
  const [newest, older] = ['1111111111111111', 'ffffffffffffffff'] as StreamId[];
  const sensor = { stream: newest } as SensorRecord;
  const state = new EndpointState(endpoint, {
    ...stored,
    baselines: 0,
    watermarks: { [newest!]: 7, [older!]: 3 },
    sensor,
  });
  assert.equal(state.advance(newest!, 8, 0).isOld, false);
  assert.equal(state.advance(older!, 4, 0).isOld, true);
});
