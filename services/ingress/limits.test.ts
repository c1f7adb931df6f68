/** How much one endpoint, and all of them, may ask of ingress: the rest keeps its place. */

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { micros } from '../domain/events/ids.ts';
import { collect } from '../ports/bus.contract.ts';
import { TestEndpoint, withIngress } from './ingress.fixture.ts';

test('50 MB without a stated length are stopped at the limit', async () => {
  await withIngress({}, async bed => {
    const { headers, body } = bed.endpoint.sign(Buffer.alloc(50e6), bed.clock.now, { 'content-encoding': 'identity' });
    const { 'content-length': _, ...rest } = headers;
    const socket = connect(bed.ingress.port, '127.0.0.1');
    socket.on('error', () => undefined);
    const lines = Object.entries({ ...rest, host: 'x', 'transfer-encoding': 'chunked' }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    socket.write(`POST /submit_logs HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    for (let at = 0; at < body.length; at += 1e6) {
      socket.write(`${(1e6).toString(16)}\r\n`);
      socket.write(body.subarray(at, at + 1e6));
      socket.write('\r\n');
    }
    socket.write('0\r\n\r\n');
    const answer = await new Promise<string>(resolve => socket.once('data', data => resolve(String(data))));
    socket.destroy();
    assert.match(answer, /^HTTP\/1\.1 413 /);
    assert.match(answer, /"reason":"too-large"/);
  });
});

test('whoever only knows the id of an endpoint cannot fill the memory of the server for the others', async () => {
  await withIngress({ limits: { heldBytes: 80_000 } }, async bed => {
    const other = new TestEndpoint();
    bed.keys.set(other.id, { publicKey: other.publicKey, revoked: false });
    const { headers } = bed.endpoint.submission(bed.endpoint.batch(0), bed.clock.now);
    const lines = Object.entries({ ...headers, host: 'x', 'content-length': '20000' }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    const socket = connect(bed.ingress.port, '127.0.0.1');
    socket.write(`POST /submit_logs HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    socket.write(Buffer.alloc(15_000));
    const answer = await new Promise<string>(resolve => socket.once('data', data => resolve(String(data))));
    assert.match(answer, /^HTTP\/1\.1 503 [\s\S]*retry-after: 1[\s\S]*"reason":"unavailable"/);
    assert.equal((await bed.post(other.submission(other.batch(0), bed.clock.now))).says, 'accepted');
    socket.destroy();
  });
});

test('an endpoint that submits too much is told when to go on, another one is not held up', async () => {
  await withIngress({ limits: { eventsPerSecond: 10, eventBurst: 100 } }, async bed => {
    const other = new TestEndpoint();
    bed.keys.set(other.id, { publicKey: other.publicKey, revoked: false });
    const submit = (first: number) => bed.post(bed.endpoint.submission(bed.endpoint.batch(first, 70), bed.clock.now));
    assert.equal((await submit(0)).says, 'accepted');
    assert.equal((await submit(70)).says, 'accepted');
    const told = await submit(140);
    assert.deepEqual([told.status, told.says, told.headers['retry-after']], [429, 'rate-limited', '4']);
    assert.equal((await bed.post(other.submission(other.batch(0), bed.clock.now))).says, 'accepted');
    bed.clock.now = micros(bed.clock.now + 5e6);
    assert.equal((await submit(140)).says, 'accepted');
  });
});

test('what inflates to much and is no batch costs its endpoint what it made us do, however small it was sent', async () => {
  await withIngress({}, async bed => {
    const bomb = () => bed.post(bed.endpoint.sign(zstdCompressSync(Buffer.alloc(200e6)), bed.clock.now));
    const noise = () => bed.post(bed.endpoint.submission(Buffer.alloc(1_000), bed.clock.now));
    for (let i = 0; i < 2; i++) assert.equal((await bomb()).says, 'too-large');
    assert.equal((await bomb()).says, 'rate-limited');
    bed.clock.now = micros(bed.clock.now + 2e6);
    let answers = 0;
    while ((await noise()).says === 'malformed') answers++;
    assert.ok(answers < 300, `${answers} submissions of noise were looked at`);
  });
});

test('a full bus is 503 disk-full with Retry-After, and the same batch is accepted when there is room again', async () => {
  const bus = { segmentBytes: 1, capBytes: { events: 3000 }, groups: { events: ['archive'] } };
  await withIngress({ bus }, async bed => {
    const submit = (first: number) => bed.post(bed.endpoint.submission(bed.endpoint.batch(first), bed.clock.now));
    let first = 0;
    while ((await submit(first)).status === 202) first += 3;
    const answer = await submit(first);
    assert.deepEqual([answer.status, answer.says, answer.headers['retry-after']], [503, 'disk-full', '10']);
    const health = await bed.get('/healthz');
    assert.equal(health.status, 200, 'a new start would not mend it');
    assert.match(health.text, /"hindered":\["The disk is full: /);
    assert.match((await bed.get('/metrics')).text, /^picket_ingress_hindered[{]by="full"[}] 1$/m);
    const { messages } = (await bed.bus.stats()).topics['events']!;
    const archive = { topic: 'events', group: 'archive', maxBytes: 1 << 20 } as const;
    await collect(bed.bus, archive, messages, (consumer, delivery) => consumer.commit(delivery.position));
    assert.equal((await submit(first)).says, 'accepted');
    bed.clock.now = micros(bed.clock.now + 10_000_000);
    assert.equal((await submit(first + 3)).says, 'accepted');
    assert.equal((await bed.get('/healthz')).text, '{"status":"ok"}');
    assert.match((await bed.get('/metrics')).text, /^picket_ingress_hindered[{]by="full"[}] 0$/m);
  });
});
