import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { EventBatch, EventKind } from '@picket/proto';
import { decodeBatch } from '../domain/events/batch.ts';
import { micros } from '../domain/events/ids.ts';
import { collect } from '../ports/bus.contract.ts';
import { type Bed, held, send, TestEndpoint, withIngress } from './ingress.fixture.ts';

const encode = (bed: Bed, first: number, events?: number) =>
  Buffer.from(EventBatch.encode(bed.endpoint.batch(first, events)).finish());

test('an accepted batch is in the bus as it came, with what the headers of a message say about it', async () => {
  await withIngress({}, async bed => {
    const submission = bed.endpoint.submission(bed.endpoint.batch(1, 5), bed.clock.now);
    const answer = await bed.post(submission);
    assert.deepEqual([answer.status, answer.says], [202, 'accepted']);
    const [message] = await held(bed.bus, 'events');
    assert.equal(message!.key, bed.endpoint.id);
    assert.deepEqual(Buffer.from(message!.value), submission.body);
    assert.deepEqual(message!.headers, {
      encoding: 'zstd',
      endpoint: bed.endpoint.id,
      boot: bed.endpoint.boot,
      stream: bed.endpoint.stream,
      sequence: '1',
      count: '5',
      received: String(bed.clock.now),
    });
  });
});

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

test('gzip and identity are taken as well', async () => {
  await withIngress({}, async bed => {
    const gzip = bed.endpoint.sign(gzipSync(encode(bed, 0, 3)), bed.clock.now, { 'content-encoding': 'gzip' });
    assert.equal((await bed.post(gzip)).says, 'accepted');
    const identity = bed.endpoint.sign(encode(bed, 3), bed.clock.now, {
      'content-encoding': 'identity',
      'picket-sequence': '3',
    });
    assert.equal((await bed.post(identity)).says, 'accepted');
    assert.deepEqual(
      (await held(bed.bus, 'events')).map(({ headers }) => headers['encoding']),
      ['gzip', 'identity'],
    );
  });
});

test('the same batch signed anew is acknowledged as a duplicate and not kept again, also after a restart', async () => {
  await withIngress({}, async bed => {
    const submit = (first: number) => bed.post(bed.endpoint.submission(bed.endpoint.batch(first), bed.clock.now));
    assert.equal((await submit(0)).says, 'accepted');
    assert.deepEqual(await submit(0).then(({ status, says }) => [status, says]), [202, 'duplicate']);
    assert.equal((await submit(3)).says, 'accepted');
    await bed.restart();
    assert.equal((await submit(3)).says, 'duplicate');
    assert.equal((await submit(6)).says, 'accepted');
    assert.equal((await held(bed.bus, 'events')).length, 3);
  });
});

test('a batch that comes twice at the same moment is kept once', async () => {
  await withIngress({}, async bed => {
    const answers = await Promise.all(
      [1, 2, 3].map(() => bed.post(bed.endpoint.submission(bed.endpoint.batch(0), bed.clock.now))),
    );
    assert.deepEqual(answers.map(answer => answer.says).sort(), ['accepted', 'duplicate', 'duplicate']);
    assert.equal((await held(bed.bus, 'events')).length, 1);
  });
});

test('a batch without events carries the heartbeat and the losses to the directory, and to the bus for the analysis', async () => {
  await withIngress({}, async bed => {
    const heartbeat = {
      hostname: 'db-1',
      kernel: '6.1',
      hooks: [{ name: 'sys_exit', attached: true }, { name: 'lsm' }],
      fallbacks: ['repetition is not folded'],
    };
    const batch = bed.endpoint.batch(0, 0, { heartbeat, losses: [{ name: 'ring.full', count: 7 }], times: [] });
    assert.equal((await bed.post(bed.endpoint.submission(batch, bed.clock.now))).says, 'accepted');
    const report = bed.directory.reports.get(bed.endpoint.id)!;
    assert.deepEqual(report.losses, { 'ring.full': 7 });
    assert.equal(report.heartbeat!['hostname'], 'db-1');
    assert.deepEqual(report.heartbeat!['hooks'], [
      { name: 'sys_exit', attached: true, reason: '' },
      { name: 'lsm', attached: false, reason: '' },
    ]);
    assert.deepEqual(report.heartbeat!['fallbacks'], ['repetition is not folded']);
    assert.deepEqual([report.seenAt, report.bootId, report.agentVersion], [bed.clock.now, bed.endpoint.boot, '0.1.0']);
    assert.equal((await held(bed.bus, 'events')).length, 1);
    assert.match((await bed.get('/metrics')).text, /picket_agent_losses\{name="ring.full"\} 7/);
  });
});

test('an event of a kind that this server does not know is kept and counted', async () => {
  await withIngress({}, async bed => {
    const batch = bed.endpoint.batch(0, 2, { kinds: [EventKind.FILE_OPEN, 999], files: { path: [2] } });
    assert.equal((await bed.post(bed.endpoint.submission(batch, bed.clock.now))).says, 'accepted');
    assert.match((await bed.get('/metrics')).text, /picket_ingress_unknown_events_total 1\n/);
    const [message] = await held(bed.bus, 'events');
    assert.equal(message!.headers['count'], '2');
  });
});

test('SQL, blank lines, quotes and invalid UTF-8 in a path arrive as they were sent', async () => {
  await withIngress({}, async bed => {
    const paths = ["/tmp/'); DROP TABLE events; --", '/tmp/a\n\nb"c\'d', '/tmp/\xff\xfe'].map(path =>
      Buffer.from(path, 'latin1'),
    );
    const batch = bed.endpoint.batch(0, 3, {
      strings: [Buffer.alloc(0), Buffer.from('/bin/sh'), ...paths],
      files: { path: [2, 3, 4] },
    });
    assert.equal(
      (await bed.post(bed.endpoint.submission(batch, bed.clock.now, { 'content-encoding': 'identity' }))).says,
      'accepted',
    );
    const [message] = await held(bed.bus, 'events');
    const decoded = decodeBatch(message!.value);
    assert.ok(decoded.ok);
    assert.deepEqual(
      [2, 3, 4].map(ref => Buffer.from(decoded.batch.bytes(ref))),
      paths,
    );
    assert.equal(decoded.batch.string(4), '/tmp/\\xff\\xfe');
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
