/** Ingress as an HTTP server: connections, paths and its end. */

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { send, withIngress } from './ingress.fixture.ts';

test('headers that arrive too slowly end with 408, and nobody else waits for them', async () => {
  await withIngress({ limits: { headersTimeout: 100, requestTimeout: 100 } }, async bed => {
    const socket = connect(bed.ingress.port, '127.0.0.1');
    socket.write('POST /submit_logs HTTP/1.1\r\nhost: x\r\n');
    const answer = new Promise<string>(resolve => socket.once('data', data => resolve(String(data))));
    const closed = new Promise(resolve => socket.once('close', resolve));
    assert.equal((await bed.post(bed.endpoint.submission(bed.endpoint.batch(0), bed.clock.now))).says, 'accepted');
    assert.match(await answer, /^HTTP\/1\.1 408 /);
    await closed;
  });
});

test('headers that are too large end with 431, what is no HTTP with 400', async () => {
  await withIngress({}, async bed => {
    const say = (text: string) =>
      new Promise<string>(resolve => {
        const socket = connect(bed.ingress.port, '127.0.0.1');
        socket.once('data', data => resolve(String(data).split('\r\n')[0]!));
        socket.write(text);
      });
    assert.equal(
      await say(`POST /submit_logs HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`),
      'HTTP/1.1 431 Request Header Fields Too Large',
    );
    assert.equal(await say('\x16\x03\x01\x02\x00\x01\x00\x01\r\n\r\n'), 'HTTP/1.1 400 Bad Request');
  });
});

test('other paths and methods are problems too', async () => {
  await withIngress({}, async bed => {
    assert.deepEqual(await bed.get('/healthz').then(({ status, text }) => [status, text]), [200, '{"status":"ok"}']);
    assert.equal((await bed.get('/submit_logs')).says, 'method-not-allowed');
    assert.equal((await bed.get('/__proto__')).says, 'not-found');
    assert.equal((await send(bed.ingress.port, 'POST', '/submit_logs?x=1', {}, Buffer.alloc(0))).says, 'not-found');
  });
});

test('a submission under way when the server closes is still answered', async () => {
  await withIngress({}, async bed => {
    const { headers, body } = bed.endpoint.submission(bed.endpoint.batch(0), bed.clock.now);
    const socket = connect(bed.ingress.port, '127.0.0.1');
    const lines = Object.entries({ ...headers, host: 'x', 'content-length': String(body.length) }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    socket.write(`POST /submit_logs HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    socket.write(body.subarray(0, 10));
    // An answer to somebody else says that the server has read our headers, too.
    await bed.get('/healthz');
    const restarted = bed.restart();
    const answer = new Promise<string>(resolve => socket.once('data', data => resolve(String(data))));
    socket.write(body.subarray(10));
    assert.match(await answer, /^HTTP\/1\.1 202 [\s\S]*connection: close/i);
    await restarted;
  });
});
