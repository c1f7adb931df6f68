/** What a stranger with a key may submit, on the whole way of a submission. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { EventKind } from '@picket/proto';
import type { Answer, TestEndpoint } from '../ingress/ingress.fixture.ts';
import { startWholeWay, type WholeWay } from './whole-way.fixture.ts';

let way: WholeWay;
let endpoint: TestEndpoint;

before(async () => {
  way = await startWholeWay();
  endpoint = await way.addEndpoint('hostile');
});
after(() => way.close());

const submit = (batch: ReturnType<TestEndpoint['batch']>): Promise<Answer> =>
  way.submit(endpoint.submission(batch, way.picket.now()));

/** What a path or an argument may be, byte for byte, and how people are shown it. */
const texts: readonly [bytes: string, shown: string][] = [
  ["/tmp/'); DROP TABLE events; --", "/tmp/'); DROP TABLE events; --"],
  ['/tmp/x\n\n; DROP TABLE events;\n\n', '/tmp/x\n\n; DROP TABLE events;\n\n'],
  ['/tmp/"quoted" \'twice\' `and` \\N \\', '/tmp/"quoted" \'twice\' `and` \\N \\'],
  ['/tmp/{x:String} %s $1 ?', '/tmp/{x:String} %s $1 ?'],
  ['/tmp/tab\tcomma,\r\ncarriage', '/tmp/tab\tcomma,\r\ncarriage'],
  ['/tmp/\xff\xfe\xc3\x28', '/tmp/\\xff\\xfe\\xc3('],
  ['/tmp/\xc3\xa4 \xf0\x9f\x90\x9f', '/tmp/ä 🐟'],
  ['/tmp/<script>alert(1)</script>\x1b[31m', '/tmp/<script>alert(1)</script>\x1b[31m'],
];

test('SQL, blank lines, quotes and invalid UTF-8 in paths and arguments come out of the API as they went in, escaped where they are no text', async () => {
  const strings = [
    '',
    '/usr/bin/hostile',
    ...texts.map(([bytes]) => bytes),
    ...texts.map(([bytes]) => `cat\0${bytes}\0`),
  ];
  const first = 2 + texts.length;
  const each = <T>(value: (i: number) => T) => texts.flatMap((_, i) => [value(i), value(i)]);
  const answer = await submit(
    endpoint.batch(0, 2 * texts.length, {
      strings: strings.map(text => Buffer.from(text, 'latin1')),
      processes: {
        pid: texts.map((_, i) => 100 + i),
        startTicks: texts.map(() => 7),
        parent: texts.map(() => 0),
        exe: texts.map(() => 1),
        args: texts.map((_, i) => first + i),
      },
      kinds: texts.flatMap(() => [EventKind.PROCESS_EXEC, EventKind.FILE_OPEN]),
      times: [way.picket.now(), ...each(() => 1).slice(1)],
      process: each(i => i + 1),
      count: each(() => 1),
      execs: {
        previous: texts.map(() => 0),
        asked: texts.map(() => 1),
        argsBytes: texts.map(() => 9),
        result: texts.map(() => 0),
      },
      files: { path: texts.map((_, i) => 2 + i) },
    }),
  );
  assert.equal(answer.says, 'accepted', answer.text);
  const events = await way.stored({ program: '/usr/bin/hostile' }, 2 * texts.length);
  for (const [i, [, shown]] of texts.entries()) {
    assert.deepEqual(events[2 * i].exec.args, ['cat', shown]);
    assert.equal(events[2 * i + 1].file.path, shown);
    // A search is one line without control characters.
    if (!/\p{Cc}/u.test(shown)) assert.equal((await way.find({ path: shown })).length, 1, `found by ${shown}`);
  }
  // The argument and the path.
  assert.equal((await way.find({ search: "'); DROP TABLE" })).length, 2);
  assert.equal((await way.picket.ask('GET', '/events/count', way.token)).body.count, 2 * texts.length);
});

test('a key that was revoked in the API submits nothing any more, nor does one that was replaced', async () => {
  await way.picket.ask('POST', `/endpoints/${endpoint.id}/rotate-key`, way.token);
  await refusedAs('signature-invalid');
  await way.picket.ask('POST', `/endpoints/${endpoint.id}/revoke`, way.token);
  await refusedAs('key-revoked');
  await way.picket.ask('DELETE', `/endpoints/${endpoint.id}`, way.token);
  await refusedAs('unknown-endpoint');
});

/** The directory is told of changes; what comes on the way of the news may still be taken. */
async function refusedAs(reason: string): Promise<void> {
  let says = '';
  for (const end = performance.now() + 10_000; says !== reason; await delay(20)) {
    assert.ok(performance.now() < end, `${reason} within 10 s, ${says} is what ingress says`);
    ({ says } = await submit(endpoint.batch(5000)));
  }
}
