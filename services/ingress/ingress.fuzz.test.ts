import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { EventBatch } from '@picket/proto';
import fc from 'fast-check';
import { micros } from '../domain/events/ids.ts';
import { type Bed, withIngress } from './ingress.fixture.ts';

/** Whatever happened before, a valid submission is accepted. */
async function stillServes(bed: Bed, first: number): Promise<void> {
  const answer = await bed.post(bed.endpoint.submission(bed.endpoint.batch(first), bed.clock.now));
  assert.equal(answer.says, 'accepted');
}

/** Changes `bytes` at the places given: overwrites, cuts or doubles. */
const mutations = fc.array(fc.tuple(fc.nat(), fc.constantFrom('flip', 'cut', 'double'), fc.nat(255)), {
  minLength: 1,
  maxLength: 6,
});

function mutate(bytes: Buffer, changes: [number, string, number][]): Buffer {
  let result = Buffer.from(bytes);
  for (const [place, how, value] of changes) {
    const at = place % (result.length + 1);
    if (how === 'flip' && at < result.length) result[at] = value;
    if (how === 'cut') result = result.subarray(0, at);
    if (how === 'double') result = Buffer.concat([result, result.subarray(at)]);
  }
  return result;
}

test('a mutated batch under a valid signature is accepted or refused by 4xx, never an error of ours', async () => {
  await withIngress({}, async bed => {
    let first = 0;
    await fc.assert(
      fc.asyncProperty(mutations, fc.boolean(), async (changes, inside) => {
        first += 10;
        // What is no batch costs its endpoint much; this is not about that.
        bed.clock.now = micros(bed.clock.now + 10e6);
        const plain = Buffer.from(EventBatch.encode(bed.endpoint.batch(first, 5)).finish());
        const body = inside ? zstdCompressSync(mutate(plain, changes)) : mutate(zstdCompressSync(plain), changes);
        const answer = await bed.post(bed.endpoint.sign(body, bed.clock.now, { 'picket-sequence': String(first) }));
        assert.ok(
          answer.status === 202 || (answer.status >= 400 && answer.status < 500),
          `${answer.status} ${answer.text}`,
        );
        assert.equal(typeof answer.says, 'string');
      }),
      { numRuns: 300 },
    );
    await stillServes(bed, first + 10);
  });
});

test('changed headers of a valid submission are refused by 4xx, never an error of ours', async () => {
  const name = fc.constantFrom(
    'content-type',
    'content-encoding',
    'content-digest',
    'signature-input',
    'signature',
    'picket-boot',
    'picket-stream',
    'picket-sequence',
  );
  const value = fc.string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map(code => String.fromCharCode(code)),
    maxLength: 300,
  });
  await withIngress({}, async bed => {
    await fc.assert(
      fc.asyncProperty(name, value, async (header, text) => {
        const { headers, body } = bed.endpoint.submission(bed.endpoint.batch(0), bed.clock.now);
        fc.pre(text.trim() !== headers[header]);
        const answer = await bed.post({ headers: { ...headers, [header]: text }, body });
        assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} ${answer.text}`);
      }),
      { numRuns: 200 },
    );
    await stillServes(bed, 0);
  });
});

test('random bytes on the socket end in an answer or a closed connection, and the server goes on', async () => {
  const start = fc.constantFrom(
    '',
    'POST /submit_logs HTTP/1.1\r\n',
    'POST /submit_logs HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n',
    'PUT ',
  );
  await withIngress({}, async bed => {
    await fc.assert(
      fc.asyncProperty(start, fc.uint8Array({ maxLength: 400 }), async (head, bytes) => {
        const answer = await new Promise<string>(resolve => {
          const socket = connect(bed.ingress.port, '127.0.0.1');
          let text = '';
          socket.on('data', data => {
            text += data;
          });
          socket.on('error', () => undefined);
          socket.on('close', () => resolve(text));
          socket.write(head);
          socket.end(bytes);
        });
        assert.ok(answer === '' || /^HTTP\/1\.1 4\d\d /.test(answer), answer);
      }),
      { numRuns: 200 },
    );
    await stillServes(bed, 0);
  });
});
