/** What every event store does. An adapter's test calls `eventStoreContract` with a way to open one with an empty table. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { type EventStore, EventStoreUnavailable, type Query } from './event-store.ts';

export interface EventStoreUnderTest {
  readonly store: EventStore;
  /** The same store, where a query may take one second. */
  readonly hurried: EventStore;
  /** The same store, where nobody listens any more. */
  readonly unreachable: EventStore;
  /** A table of this test's own: `text String, number UInt64, other UInt8 DEFAULT 7`, with a window of insert tokens. */
  table(): Promise<string>;
  /** Waits until no query of this suite but the asking one runs; rejects when that takes long. */
  idle(): Promise<void>;
}

export function eventStoreContract(name: string, prepare: () => Promise<EventStoreUnderTest>): void {
  const behaviour = (sentence: string, run: (place: EventStoreUnderTest) => Promise<void>) =>
    test(`${name}: ${sentence}`, async () => run(await prepare()));

  behaviour(
    'a block is stored whole, and columns that it does not hold take their defaults',
    async ({ store, table }) => {
      const into = await table();
      await store.insert(
        into,
        ['text', 'number'],
        block(['a', 'ü "quoted"\n\n; DROP TABLE x'], [1, 2 ** 53 - 1]),
        'token',
      );
      assert.deepEqual(await store.query(all(into), {}), [
        { text: 'a', number: '1', other: 7 },
        { text: 'ü "quoted"\n\n; DROP TABLE x', number: String(2 ** 53 - 1), other: 7 },
      ]);
    },
  );

  behaviour(
    'a token is inserted once, however often and at how many places it is tried at a time',
    async ({ store, table }) => {
      const into = await table();
      const insert = (token: string) => store.insert(into, ['text', 'number'], block(['a'], [1]), token);
      await insert('one');
      await Promise.all([insert('one'), insert('one'), insert('two')]);
      assert.equal((await store.query(all(into), {})).length, 2);
    },
  );

  behaviour('parameters come to the query as they are, and one query’s are not another’s', async ({ store }) => {
    const values = [
      "'; DROP TABLE x; --",
      'line\nbreak\ttab',
      '\\',
      '\\n',
      '{text:String}',
      '\u0000',
      'é漢😀',
      "it''s",
      '',
    ];
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => {
        const text = values[i % values.length]!;
        return store.query(echo, { text, list: [text, String(i)] });
      }),
    );
    for (const [i, [row]] of answers.entries()) {
      const text = values[i % values.length]!;
      assert.deepEqual(row, { text, hex: Buffer.from(text).toString('hex').toUpperCase(), list: [text, String(i)] });
    }
  });

  behaviour('bytes that are not text are kept', async ({ store, table }) => {
    const into = await table();
    const bytes = Buffer.from([0x2f, 0xff, 0xfe, 0x0a, 0x00, 0x80]);
    await store.insert(into, ['text', 'number'], block([bytes.toString('latin1')], [1], 'latin1'), 'bytes');
    const hex: Query<typeof noParameters, z.ZodObject<{ hex: z.ZodString }>> = {
      name: 'hex',
      sql: `SELECT hex(text) AS hex FROM ${into}`,
      parameters: noParameters,
      row: z.object({ hex: z.string() }),
    };
    assert.deepEqual(await store.query(hex, {}), [{ hex: bytes.toString('hex').toUpperCase() }]);
  });

  behaviour('a block that is no block is refused, and waiting would not help', async ({ store, table }) => {
    const into = await table();
    await assert.rejects(store.insert(into, ['text', 'number'], Buffer.from('INSERT me'), 'bad'), error => {
      assert.ok(error instanceof Error && !(error instanceof EventStoreUnavailable), String(error));
      return true;
    });
    assert.deepEqual(await store.query(all(into), {}), []);
  });

  behaviour('a query that is given up is ended in the store too', async ({ store, idle }) => {
    const giveUp = new AbortController();
    const endless = store.query(long, {}, giveUp.signal);
    setTimeout(() => giveUp.abort(new Error('not needed any more')), 50);
    await assert.rejects(endless, /not needed any more/);
    await idle();
  });

  behaviour(
    'a query that takes longer than it may is ended, as an error for which waiting helps',
    async ({ hurried, idle }) => {
      const ended = hurried.query(long, {}, AbortSignal.timeout(20_000));
      await assert.rejects(ended, { name: 'EventStoreUnavailable', reason: 'busy' });
      await idle();
    },
  );

  behaviour('a query can change nothing', async ({ store, table }) => {
    const into = await table();
    await store.insert(into, ['text', 'number'], block(['a'], [1]), 'token');
    const drop = { name: 'drop', sql: `DROP TABLE ${into}`, parameters: noParameters, row: noParameters };
    await assert.rejects(store.query(drop, {}));
    assert.equal((await store.query(all(into), {})).length, 1);
  });

  behaviour('a store that is away says so, as an error for which waiting helps', async ({ unreachable, table }) => {
    const into = await table();
    await assert.rejects(unreachable.query(echo, { text: '', list: [] }), EventStoreUnavailable);
    await assert.rejects(unreachable.insert(into, ['text', 'number'], block(['a'], [1]), 't'), EventStoreUnavailable);
    assert.equal(await unreachable.ping(), false);
  });
}

const noParameters = z.object({});
const textRow = z.object({ text: z.string(), number: z.string(), other: z.number() });
const all = (table: string): Query<typeof noParameters, typeof textRow> => ({
  name: 'all',
  sql: `SELECT text, number, other FROM ${table} ORDER BY number`,
  parameters: noParameters,
  row: textRow,
});

const echoParameters = z.object({ text: z.string(), list: z.array(z.string()) });
const echoRow = z.object({ text: z.string(), hex: z.string(), list: z.array(z.string()) });
const echo: Query<typeof echoParameters, typeof echoRow> = {
  name: 'echo',
  sql: 'SELECT {text:String} AS text, hex({text:String}) AS hex, {list:Array(String)} AS list, sleep(0.005)',
  parameters: echoParameters,
  row: echoRow,
};

const long: Query<typeof noParameters, typeof noParameters> = {
  name: 'long',
  sql: 'SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))',
  parameters: noParameters,
  row: noParameters,
};

/** Native format: two columns, `text String` and `number UInt64`. */
function block(texts: readonly string[], numbers: readonly number[], encoding: BufferEncoding = 'utf8'): Uint8Array {
  const named = (text: string) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
  const strings = texts.map(text => Buffer.from(text, encoding)).flatMap(bytes => [Buffer.from([bytes.length]), bytes]);
  const words = Buffer.from(BigUint64Array.from(numbers, BigInt).buffer);
  return Buffer.concat([
    Buffer.from([2, texts.length]),
    ...[named('text'), named('String'), ...strings],
    ...[named('number'), named('UInt64'), words],
  ]);
}
