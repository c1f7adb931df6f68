import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { startClickHouse, type TestClickHouse } from '../clickhouse.fixture.ts';

let clickhouse: TestClickHouse;
before(async () => {
  clickhouse = await startClickHouse();
});
after(() => clickhouse.close());

interface Answer {
  readonly status: number;
  readonly code: string | null;
  readonly text: string;
}

/** A request as any HTTP client may send it. */
async function request(
  search: Record<string, string>,
  body?: string | Uint8Array<ArrayBuffer>,
  headers = {},
): Promise<Answer> {
  const response = await fetch(`${clickhouse.url}/?${new URLSearchParams(search)}`, {
    method: 'POST',
    headers: { 'x-clickhouse-user': clickhouse.user, 'x-clickhouse-key': clickhouse.password, ...headers },
    ...(body !== undefined && { body }),
  });
  return {
    status: response.status,
    code: response.headers.get('x-clickhouse-exception-code'),
    text: await response.text(),
  };
}

const ask = async (sql: string, search = {}): Promise<string> => {
  const { status, text } = await request(search, sql);
  assert.equal(status, 200, text);
  return text.trim();
};

let tables = 0;
async function table(): Promise<string> {
  const name = `t${++tables}`;
  await ask(`CREATE TABLE ${name} (a String, n UInt32) ENGINE = MergeTree ORDER BY n`);
  return name;
}

test('blank lines, quotes and SQL in the data of a text insert are data', async () => {
  const into = await table();
  const hostile = `x\n\n; CREATE TABLE stolen (a Int8) ENGINE = Memory;\n\n"'`;
  const csv = `"${hostile.replaceAll('"', '""')}",1\n"b",2\n`;
  assert.equal((await request({ query: `INSERT INTO ${into} FORMAT CSV` }, csv)).status, 200);
  const json = `${JSON.stringify({ a: hostile, n: 3 })}\n\n${JSON.stringify({ n: 4, a: 'd' })}\n`;
  assert.equal(
    (await request({ query: `INSERT INTO ${into} (a, n) SETTINGS async_insert = 0 FORMAT JSONEachRow` }, json)).status,
    200,
  );
  assert.deepEqual(
    JSON.parse(await ask(`SELECT groupArray(a) AS a FROM (SELECT a FROM ${into} ORDER BY n) FORMAT JSONEachRow`)),
    {
      a: [hostile, 'b', hostile, 'd'],
    },
  );
  assert.equal(await ask('EXISTS TABLE stolen'), '0');
});

test('text data inside the query is refused', async () => {
  const into = await table();
  const { status, code, text } = await request({}, `INSERT INTO ${into} FORMAT CSV\n"a",1\n\nDROP TABLE ${into}`);
  assert.deepEqual([status, code], [501, '48'], text);
  assert.equal(await ask(`SELECT count() FROM ${into}`), '0');
});

test('a setting is in force for its own query and for no other', async () => {
  const value = "SELECT value FROM system.settings WHERE name = 'max_threads'";
  const before = await ask(value);
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => ask(value, i % 2 ? { max_threads: '1' } : {})),
  );
  for (const [i, answer] of answers.entries()) assert.equal(answer, i % 2 ? '1' : before);
});

test('a refused query says why as ClickHouse does: status, code and text', async () => {
  for (const [sql, status, code, words] of [
    ['SELEC 1', 400, '62', /Syntax error/],
    ['SELECT * FROM nowhere', 404, '60', /nowhere/],
    ['SELECT {x:UInt8}', 400, '456', /x/],
    ['', 400, '62', /Empty query/],
  ] as const) {
    const answer = await request({}, sql);
    assert.deepEqual([answer.status, answer.code], [status, code], answer.text);
    assert.match(answer.text, words);
  }
  const setting = await request({ 'max_threads = 1; DROP TABLE x; SET y': '1' }, 'SELECT 1');
  assert.deepEqual([setting.status, setting.code], [404, '115']);
});

test('a query that takes too long or too much is ended', async () => {
  const long = await request(
    { max_execution_time: '1' },
    'SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))',
  );
  assert.deepEqual([long.status, long.code], [408, '159'], long.text);
  const large = await request({ max_memory_usage: '20000000' }, 'SELECT uniqExact(number) FROM numbers(20000000)');
  assert.deepEqual([large.status, large.code], [500, '241'], large.text);
  const wide = await request(
    { max_result_bytes: '100000' },
    'SELECT repeat(toString(number), 100) FROM numbers(100000)',
  );
  assert.equal(wide.code, '396', wide.text);
});

test('a heap of slow searches keeps no insert waiting, and none runs on when its client is gone', async () => {
  const into = await table();
  const gone = new AbortController();
  const searches = Array.from({ length: 12 }, () =>
    fetch(clickhouse.url, {
      method: 'POST',
      body: 'SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))',
      headers: { 'x-clickhouse-user': clickhouse.user, 'x-clickhouse-key': clickhouse.password },
      signal: gone.signal,
    }),
  );
  assert.equal((await request({ query: `INSERT INTO ${into} FORMAT JSONEachRow` }, '{"a":"x","n":1}')).status, 200);
  gone.abort();
  await Promise.allSettled(searches);
  // Behind the searches in the same lane: it is answered only once they were ended.
  assert.equal(await ask(`SELECT count() FROM ${into}`, { max_execution_time: '5' }), '1');
});

test('bodies and answers may be packed', async () => {
  const into = await table();
  const packed = gzipSync('{"a":"x","n":1}\n{"a":"y","n":2}\n');
  const insert = await request({ query: `INSERT INTO ${into} FORMAT JSONEachRow` }, packed, {
    'content-encoding': 'gzip',
  });
  assert.equal(insert.status, 200, insert.text);
  assert.equal((await request({}, gzipSync(`SELECT sum(n) FROM ${into}`), { 'content-encoding': 'gzip' })).text, '3\n');
  const response = await fetch(`${clickhouse.url}/?enable_http_compression=1&query=SELECT%20repeat('a',1000)`, {
    headers: {
      'x-clickhouse-user': clickhouse.user,
      'x-clickhouse-key': clickhouse.password,
      'accept-encoding': 'gzip',
    },
  });
  assert.equal(response.headers.get('content-encoding'), 'gzip');
  assert.equal((await response.text()).length, 1001);
});

test('a body that is too large is refused, packed or not, and the front goes on', async () => {
  const into = await table();
  const bomb = gzipSync(Buffer.alloc(300_000_000), { level: 1 });
  const insert = await request({ query: `INSERT INTO ${into} FORMAT Native` }, bomb, { 'content-encoding': 'gzip' });
  assert.deepEqual([insert.status, insert.code], [413, '307'], insert.text);
  const query = await request({}, `SELECT '${'a'.repeat(1_100_000)}'`);
  assert.deepEqual([query.status, query.code], [413, '307'], query.text);
  const broken = await request({ query: `INSERT INTO ${into} FORMAT JSONEachRow` }, Buffer.from('no gzip'), {
    'content-encoding': 'gzip',
  });
  assert.equal(broken.status, 400, broken.text);
  assert.equal(await ask('SELECT 1'), '1');
});

test('there is nothing behind other paths, and nothing for other names', async () => {
  assert.equal((await fetch(`${clickhouse.url}/play`)).status, 404);
  for (const headers of [
    {},
    { 'x-clickhouse-user': 'default', 'x-clickhouse-key': '' },
    { authorization: 'Basic eDp5' },
  ]) {
    const response = await fetch(`${clickhouse.url}/?query=SELECT%201`, { headers });
    assert.equal(response.status, 403);
  }
});
