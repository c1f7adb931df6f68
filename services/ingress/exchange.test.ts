import assert from 'node:assert/strict';
import { test } from 'node:test';
import { micros } from '../domain/events/ids.ts';
import { send, TestEndpoint, withIngress } from './ingress.fixture.ts';

const report = { serverKey: 'A'.repeat(43), isolation: null, results: [], refusals: [] };
const file = {
  ...{ path: '/etc/passwd', type: 'file', bytes: 7, mode: 0o644, uid: 0, gid: 0 },
  ...{
    accessedMicros: 1,
    modifiedMicros: 2,
    changedMicros: 3,
    bornMicros: null,
    target: null,
    sha256: 'ab'.repeat(32),
  },
};
const result = {
  ...{ id: '7b1f6a1e-0000-4000-8000-000000000001', outcome: 'done', atMicros: 1_763_000_000_000_000 },
  ...{ detail: 'Hashed whole', file },
};

test('an endpoint that asks gets what waits for it, and what it says arrives', () =>
  withIngress({}, async ({ ask, directory, endpoint }) => {
    directory.queued.set(endpoint.id, ['one', 'two']);
    const isolation = { sinceMicros: 5, untilMicros: null, fleeting: '' };
    const said = { ...report, isolation, results: [result], refusals: [{ atMicros: 9, detail: 'forged' }] };
    const answer = await ask(said);
    assert.equal(answer.status, 200);
    assert.deepEqual(JSON.parse(answer.text), { commands: ['one', 'two'] });
    assert.deepEqual(directory.responses.get(endpoint.id), said);
  }));

test('the answer to a submission says when something waits, and to nobody who has not proven who he is', () =>
  withIngress({}, async ({ post, directory, endpoint, clock }) => {
    const quiet = await post(endpoint.submission(endpoint.batch(0), clock.now));
    assert.equal(quiet.headers['picket-commands'], undefined);
    directory.queued.set(endpoint.id, ['one']);
    const told = await post(endpoint.submission(endpoint.batch(3), clock.now));
    assert.deepEqual([told.status, told.headers['picket-commands']], [202, 'waiting']);
    const forged = endpoint.submission(endpoint.batch(6), clock.now);
    forged.body = Buffer.concat([forged.body, Buffer.from('x')]);
    const refused = await post(forged);
    assert.deepEqual([refused.status, refused.headers['picket-commands']], [401, undefined]);
  }));

test('a question is taken once, in its time, and from the endpoint alone', () =>
  withIngress({}, async ({ ask, endpoint, ingress, directory, clock }) => {
    const plain = { 'content-type': 'application/json', 'content-encoding': 'identity' };
    const signed = endpoint.sign(Buffer.from(JSON.stringify(report)), clock.now, plain, '/commands');
    const first = await send(ingress.port, 'POST', '/commands', signed.headers, signed.body);
    const second = await send(ingress.port, 'POST', '/commands', signed.headers, signed.body);
    assert.deepEqual([first.status, second.status, second.says], [200, 409, 'replayed']);
    const old = endpoint.sign(signed.body, micros(clock.now - 301_000_000), plain, '/commands');
    assert.equal((await send(ingress.port, 'POST', '/commands', old.headers, old.body)).says, 'clock-skew');
    const stranger = new TestEndpoint(endpoint.id).sign(signed.body, clock.now, plain, '/commands');
    const answer = await send(ingress.port, 'POST', '/commands', stranger.headers, stranger.body);
    assert.deepEqual([answer.status, answer.says], [401, 'signature-invalid']);
    // A signature for one path is none for the other.
    const elsewhere = endpoint.sign(signed.body, clock.now, plain, '/submit_logs');
    const crossed = await send(ingress.port, 'POST', '/commands', elsewhere.headers, elsewhere.body);
    assert.equal(crossed.says, 'signature-invalid');
    directory.responses.clear();
    assert.equal((await ask(report)).status, 200);
  }));

test('a report that is none, or not bounded, is refused with where it is wrong', () =>
  withIngress({}, async ({ ask, directory }) => {
    const wrong: readonly [report: unknown, says: RegExp][] = [
      ['{', /The body is not JSON/],
      ['null', /expected object/],
      [{ ...report, serverKey: 'x' }, /serverKey/],
      [{ ...report, results: Array.from({ length: 17 }, () => result) }, /results/],
      [{ ...report, results: [{ ...result, id: "'; --" }] }, /results\.0\.id/],
      [{ ...report, results: [{ ...result, outcome: 'won' }] }, /results\.0\.outcome/],
      [{ ...report, results: [{ ...result, atMicros: 9e15 }] }, /results\.0\.atMicros/],
      [{ ...report, results: [{ ...result, detail: 'x'.repeat(501) }] }, /results\.0\.detail/],
      [{ ...report, results: [{ ...result, file: { ...file, sha256: 'x' } }] }, /file\.sha256/],
      [{ ...report, isolation: { sinceMicros: -1, untilMicros: null, fleeting: '' } }, /isolation\.sinceMicros/],
    ];
    for (const [said, where] of wrong) {
      const answer = await ask(said);
      assert.deepEqual([answer.status, answer.says], [400, 'malformed'], JSON.stringify(said).slice(0, 80));
      assert.match(answer.text, where);
    }
    const large = await ask({ ...report, more: 'x'.repeat(300_000) });
    assert.deepEqual([large.status, large.says], [413, 'too-large']);
    assert.equal((await ask(report, { 'content-type': 'application/x-protobuf' })).says, 'malformed');
    assert.equal(directory.responses.size, 0);
  }));

test('what a newer agent says beside what is known is passed over, and it gets its commands', () =>
  withIngress({}, async ({ ask, directory, endpoint }) => {
    directory.queued.set(endpoint.id, ['one']);
    const isolation = { sinceMicros: 5, untilMicros: null, fleeting: '' };
    const refusal = { atMicros: 9, detail: 'forged' };
    const news = { news: ['of tomorrow'] };
    const answer = await ask({
      ...{ ...report, ...news },
      isolation: { ...isolation, ...news },
      results: [{ ...result, ...news, file: { ...file, ...news } }],
      refusals: [{ ...refusal, ...news }],
    });
    assert.deepEqual([answer.status, answer.text], [200, '{"commands":["one"]}']);
    const known = { ...report, isolation, results: [result], refusals: [refusal] };
    assert.deepEqual(directory.responses.get(endpoint.id), known);
  }));

test('what no database can keep is made storable', () =>
  withIngress({}, async ({ ask, directory, endpoint }) => {
    assert.equal((await ask({ ...report, refusals: [{ atMicros: 1, detail: 'a\0b\ud800c' }] })).status, 200);
    assert.equal(directory.responses.get(endpoint.id)?.refusals[0]?.detail, 'a\uFFFDb\uFFFDc');
  }));

test('an endpoint that sends more events than it may still gets its commands', () =>
  withIngress({ limits: { eventsPerSecond: 1, eventBurst: 1 } }, async ({ post, ask, directory, endpoint, clock }) => {
    directory.queued.set(endpoint.id, ['isolate']);
    await post(endpoint.submission(endpoint.batch(0, 50), clock.now));
    assert.equal((await post(endpoint.submission(endpoint.batch(50, 50), clock.now))).says, 'rate-limited');
    assert.deepEqual(JSON.parse((await ask(report)).text), { commands: ['isolate'] });
  }));
