import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { readSignature, type SignableRequest, signatureBase, signRequest, verifyRequest } from './signature.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const body = Buffer.from('a batch');
const signer = { keyId: '7f1c9a52-0000-4000-8000-000000000001', privateKey, created: 1_763_000_000, nonce: 'n0nce' };
const unsigned: SignableRequest = {
  method: 'POST',
  path: '/submit_logs',
  headers: {
    'content-type': 'application/x-protobuf',
    'content-encoding': 'zstd',
    'picket-boot': '2b1b43a5-6f1c-4d5e-9d6b-0c9f1d2e3f40',
    'picket-stream': '00112233445566ff',
    'picket-sequence': '17',
  },
};

function signed(request = unsigned): SignableRequest {
  return { ...request, headers: { ...request.headers, ...signRequest(request, body, signer) } };
}

/** The reason why `request` is refused, or `accepted`. */
function outcome(request: SignableRequest, content: Uint8Array = body, key = publicKey): string {
  const claim = readSignature(request);
  if (!claim.ok) return claim.reason;
  const verified = verifyRequest(claim, content, key);
  return verified.ok ? 'accepted' : verified.reason;
}

test('the signature base and Ed25519 give the test vector of RFC 9421, B.2.6', () => {
  const base = signatureBase(
    [
      ['date', 'Tue, 20 Apr 2021 02:07:55 GMT'],
      ['@method', 'POST'],
      ['@path', '/foo'],
      ['@authority', 'example.com'],
      ['content-type', 'application/json'],
      ['content-length', '18'],
    ],
    '("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"',
  );
  const key = createPrivateKey(
    '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n-----END PRIVATE KEY-----',
  );
  const vector = 'wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==';
  assert.equal(sign(null, base, key).toString('base64'), vector);
  assert.ok(verify(null, base, createPublicKey(key), Buffer.from(vector, 'base64')));
});

test('a signed request is accepted, and says who signed it, when, and with which nonce', () => {
  const claim = readSignature(signed());
  assert.ok(claim.ok);
  assert.deepEqual([claim.keyId, claim.created, claim.nonce], [signer.keyId, signer.created, signer.nonce]);
  assert.deepEqual(verifyRequest(claim, body, publicKey), { ok: true });
});

test('a request without one of the three headers has no signature', () => {
  for (const name of ['signature', 'signature-input', 'content-digest']) {
    const request = signed();
    assert.equal(
      outcome({ ...request, headers: { ...request.headers, [name]: undefined } }),
      'signature-missing',
      name,
    );
  }
});

test('a change in any component that the signature covers is noticed', () => {
  assert.equal(outcome({ ...signed(), method: 'PUT' }), 'signature-invalid');
  assert.equal(outcome({ ...signed(), path: '/healthz' }), 'signature-invalid');
  for (const name of Object.keys(unsigned.headers)) {
    const request = signed();
    assert.equal(outcome({ ...request, headers: { ...request.headers, [name]: 'other' } }), 'signature-invalid', name);
    assert.equal(
      outcome({ ...request, headers: { ...request.headers, [name]: undefined } }),
      'signature-invalid',
      name,
    );
  }
});

test('another body and another key are refused', () => {
  assert.equal(outcome(signed(), Buffer.from('another batch')), 'signature-invalid');
  assert.equal(outcome(signed(), body, generateKeyPairSync('ed25519').publicKey), 'signature-invalid');
  assert.equal(outcome(signed(), body, generateKeyPairSync('x25519').publicKey), 'signature-invalid');
});

test('a signature outside of the profile is refused, even where RFC 9421 allows it', () => {
  const input = String(signed().headers['signature-input']);
  const variants: Record<string, string> = {
    'another label': input.replace('sig1', 'sig2'),
    'a component less': input.replace('"content-digest" ', ''),
    'components in another order': input.replace('"@method" "@path"', '"@path" "@method"'),
    'another algorithm': input.replace('ed25519', 'hmac-sha256'),
    'no nonce': input.replace(';nonce="n0nce"', ''),
    'a parameter twice': `${input};nonce="other"`,
    'an unknown parameter': `${input};expires=1`,
    'two signatures': `${input}, ${input}`,
    'a negative time': input.replace('created=', 'created=-'),
    'an endless one': input + ';nonce="x"'.repeat(1000),
  };
  for (const [name, value] of Object.entries(variants)) {
    const request = signed();
    assert.equal(
      outcome({ ...request, headers: { ...request.headers, 'signature-input': value } }),
      'signature-invalid',
      name,
    );
  }
});

test('a signer with a nonce that would break out of its quotes is a bug of the caller', () => {
  assert.throws(() => signRequest(unsigned, body, { ...signer, nonce: 'a";keyid="b' }), TypeError);
});

test('rubbish in any header is refused and never thrown', () => {
  const rubbish = fc.oneof(fc.string({ unit: 'binary', maxLength: 400 }), fc.array(fc.string(), { maxLength: 3 }));
  const name = fc.constantFrom('signature', 'signature-input', 'content-digest', 'content-type', 'picket-sequence');
  fc.assert(
    fc.property(name, rubbish, (header, value) => {
      const request = signed();
      fc.pre(value !== request.headers[header]);
      assert.notEqual(outcome({ ...request, headers: { ...request.headers, [header]: value } }), 'accepted');
    }),
    { numRuns: 500 },
  );
});
