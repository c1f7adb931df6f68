/** What ingress takes, and what the bus and the directory have of it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { EventBatch, EventKind } from '@picket/proto';
import { decodeBatch } from '../domain/events/batch.ts';
import { type Bed, held, withIngress } from './ingress.fixture.ts';

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
