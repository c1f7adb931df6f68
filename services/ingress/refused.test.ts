/** What ingress refuses, whoever sends it: each with its reason. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { EventBatch } from '@picket/proto';
import { micros } from '../domain/events/ids.ts';
import { type Bed, held, TestEndpoint, withIngress } from './ingress.fixture.ts';

const encode = (bed: Bed, first: number) => Buffer.from(EventBatch.encode(bed.endpoint.batch(first)).finish());

test('a clock that is far off is told of the endpoint, where the endpoint itself signed', async () => {
  await withIngress({}, async bed => {
    const { endpoint, directory, clock } = bed;
    const ahead = micros(clock.now + 600e6);
    const forged = endpoint.submission(endpoint.batch(0), ahead);
    forged.headers['picket-sequence'] = '7';
    assert.equal((await bed.post(forged)).says, 'clock-skew');
    assert.equal(directory.refusals.size, 0);
    assert.equal((await bed.post(endpoint.submission(endpoint.batch(0), ahead))).says, 'clock-skew');
    assert.deepEqual(directory.refusals.get(endpoint.id), {
      endpoint: endpoint.id,
      at: clock.now,
      reason: 'clock-skew',
      detail: "The request was signed 600 s ahead of the server's clock, 300 s are allowed; set the clock of the host",
    });
  });
});

/** Each submission that must not be accepted: what it is, how it is made, the answer, and whether it is set aside. */
const refusals: {
  what: string;
  make(bed: Bed): { headers: Record<string, string>; body: Buffer };
  status: number;
  reason: string;
  deadLetter?: true;
}[] = [
  {
    what: 'no signature',
    make: bed => {
      const { headers, body } = bed.endpoint.submission(bed.endpoint.batch(0), bed.clock.now);
      const { signature: _, ...rest } = headers;
      return { headers: rest, body };
    },
    status: 401,
    reason: 'signature-missing',
  },
  {
    what: "another endpoint's signature",
    make: bed => {
      const { headers, body } = bed.endpoint.submission(bed.endpoint.batch(0), bed.clock.now);
      return { headers: { ...headers, signature: `sig1=:${Buffer.alloc(64, 1).toString('base64')}:` }, body };
    },
    status: 401,
    reason: 'signature-invalid',
  },
  {
    what: 'a body that was changed on the way',
    make: bed => {
      const { headers } = bed.endpoint.submission(bed.endpoint.batch(0), bed.clock.now);
      return { headers, body: bed.endpoint.submission(bed.endpoint.batch(7), bed.clock.now).body };
    },
    status: 401,
    reason: 'signature-invalid',
  },
  {
    what: 'a signed header that was changed on the way',
    make: bed => {
      const { headers, body } = bed.endpoint.submission(bed.endpoint.batch(0), bed.clock.now);
      return { headers: { ...headers, 'picket-sequence': '5' }, body };
    },
    status: 401,
    reason: 'signature-invalid',
  },
  {
    what: "another endpoint's id as the key id",
    make: bed => {
      const other = new TestEndpoint();
      bed.keys.set(other.id, { publicKey: other.publicKey, revoked: false });
      const forged = bed.endpoint.submission(bed.endpoint.batch(0), bed.clock.now);
      const headers = {
        ...forged.headers,
        'signature-input': forged.headers['signature-input']!.replace(bed.endpoint.id, other.id),
      };
      return { ...forged, headers };
    },
    status: 401,
    reason: 'signature-invalid',
  },
  {
    what: "another endpoint's id in the batch, signed with a key that is valid",
    make: bed =>
      bed.endpoint.submission({ ...bed.endpoint.batch(0), endpointId: new TestEndpoint().id }, bed.clock.now),
    status: 400,
    reason: 'malformed',
    deadLetter: true,
  },
  {
    what: 'a sequence number in the batch that is not the signed one',
    make: bed => bed.endpoint.submission(bed.endpoint.batch(3), bed.clock.now, { 'picket-sequence': '4' }),
    status: 400,
    reason: 'malformed',
    deadLetter: true,
  },
  {
    what: 'an endpoint that nobody added',
    make: bed => {
      const stranger = new TestEndpoint();
      return stranger.submission(stranger.batch(0), bed.clock.now);
    },
    status: 401,
    reason: 'unknown-endpoint',
  },
  {
    what: 'a revoked key',
    make: bed => {
      bed.keys.set(bed.endpoint.id, { publicKey: bed.endpoint.publicKey, revoked: true });
      return bed.endpoint.submission(bed.endpoint.batch(0), bed.clock.now);
    },
    status: 403,
    reason: 'key-revoked',
  },
  {
    what: 'a clock one hour behind',
    make: bed => bed.endpoint.submission(bed.endpoint.batch(0), micros(bed.clock.now - 3600e6)),
    status: 401,
    reason: 'clock-skew',
  },
  {
    what: 'a clock one hour ahead',
    make: bed => bed.endpoint.submission(bed.endpoint.batch(0), micros(bed.clock.now + 3600e6)),
    status: 401,
    reason: 'clock-skew',
  },
  {
    what: 'gzip that ends early',
    make: bed => {
      const whole = gzipSync(encode(bed, 0));
      return bed.endpoint.sign(whole.subarray(0, whole.length - 9), bed.clock.now, { 'content-encoding': 'gzip' });
    },
    status: 400,
    reason: 'bad-encoding',
    deadLetter: true,
  },
  {
    what: 'zstd that ends early',
    make: bed => {
      const whole = zstdCompressSync(encode(bed, 0));
      return bed.endpoint.sign(whole.subarray(0, whole.length - 3), bed.clock.now);
    },
    status: 400,
    reason: 'bad-encoding',
    deadLetter: true,
  },
  {
    what: 'an encoding that nobody agreed on',
    make: bed => bed.endpoint.sign(deflateSync(encode(bed, 0)), bed.clock.now, { 'content-encoding': 'deflate' }),
    status: 400,
    reason: 'bad-encoding',
  },
  {
    what: 'a zstd bomb of 200 MB',
    make: bed => bed.endpoint.sign(zstdCompressSync(Buffer.alloc(200e6)), bed.clock.now),
    status: 413,
    reason: 'too-large',
    deadLetter: true,
  },
  {
    what: 'a gzip bomb of 200 MB',
    make: bed => bed.endpoint.sign(gzipSync(Buffer.alloc(200e6)), bed.clock.now, { 'content-encoding': 'gzip' }),
    status: 413,
    reason: 'too-large',
    deadLetter: true,
  },
  {
    what: '50 MB',
    make: bed => bed.endpoint.sign(Buffer.alloc(50e6), bed.clock.now, { 'content-encoding': 'identity' }),
    status: 413,
    reason: 'too-large',
  },
  {
    what: 'bytes that are no batch',
    make: bed => bed.endpoint.submission(Buffer.from('no protobuf at all'), bed.clock.now),
    status: 400,
    reason: 'malformed',
    deadLetter: true,
  },
  {
    what: 'another content type',
    make: bed => bed.endpoint.submission(bed.endpoint.batch(0), bed.clock.now, { 'content-type': 'application/json' }),
    status: 400,
    reason: 'malformed',
  },
];

for (const { what, make, status, reason, deadLetter } of refusals) {
  test(`${what}: ${status} ${reason}${deadLetter ? ', kept in the dead-letter topic' : ''}`, async () => {
    await withIngress({}, async bed => {
      const submission = make(bed);
      const answer = await bed.post(submission);
      assert.deepEqual([answer.status, answer.says], [status, reason], answer.text);
      assert.equal(answer.headers['content-type'], 'application/problem+json');
      assert.equal((await held(bed.bus, 'events')).length, 0);
      const aside = await held(bed.bus, 'dead-letter');
      assert.equal(aside.length, deadLetter ? 1 : 0);
      if (aside[0]) {
        assert.equal(aside[0].headers['reason'], reason);
        assert.deepEqual(Buffer.from(aside[0].value), submission.body);
      }
      assert.match(
        (await bed.get('/metrics')).text,
        new RegExp(`picket_ingress_submissions_total{outcome="${reason}"} 1\n`),
      );
    });
  });
}

test('a request that was recorded and sent again is refused, within the clock window as replayed, after it by the clock', async () => {
  await withIngress({}, async bed => {
    const recorded = bed.endpoint.submission(bed.endpoint.batch(0), bed.clock.now);
    assert.equal((await bed.post(recorded)).says, 'accepted');
    assert.deepEqual(await bed.post(recorded).then(({ status, says }) => [status, says]), [409, 'replayed']);
    bed.clock.now = micros(bed.clock.now + 299e6);
    assert.equal((await bed.post(recorded)).says, 'replayed');
    bed.clock.now = micros(bed.clock.now + 2e6);
    assert.equal((await bed.post(recorded)).says, 'clock-skew');
  });
});
