import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fastify } from 'fastify';
import { roles } from '../ports/accounts.ts';
import { startTestApi, type TestApi } from './api.fixture.ts';
import { openApiDocument } from './openapi.ts';
import { prefix, routes } from './routes.ts';
import { requireAccess } from './server.ts';

let picket: TestApi;
const tokens: Record<string, string> = {};
before(async () => {
  picket = await startTestApi();
  for (const role of roles) tokens[role] = (await picket.login(role)).token;
});
after(() => picket.close());

const nobody = '00000000-0000-4000-8000-000000000000';
const address = (path: string) => path.replace(':id', nobody);

test('a route that does not say who may call it stops the start', () => {
  const app = fastify();
  requireAccess(app);
  assert.throws(() => app.get('/open', () => 'to everybody'), /GET \/open does not say who may call it/);
});

for (const route of routes.filter(route => route.access !== 'public')) {
  const name = `${route.method} ${route.path}`;

  test(`${name} without a login answers 401, before it looks at anything else`, async () => {
    const answer = await picket.ask(route.method, address(route.path), undefined, route.body && '{"x":');
    assert.equal(answer.status, 401);
    assert.equal(answer.body.reason, 'unauthenticated');
    assert.equal(answer.headers.get('content-type'), 'application/problem+json');
    assert.match(answer.headers.get('www-authenticate')!, /^Bearer/);
    const wrong = await picket.ask(route.method, address(route.path), 'A'.repeat(43));
    assert.deepEqual([wrong.status, wrong.body.reason], [401, 'session-ended']);
  });

  for (const role of roles.slice(0, roles.indexOf(route.access as (typeof roles)[number]))) {
    test(`${name} as ${role} answers 403`, async () => {
      const answer = await picket.ask(route.method, address(route.path), tokens[role]);
      assert.deepEqual([answer.status, answer.body.reason], [403, 'forbidden']);
    });
  }
}

/** A value of each JSON type, and text that no field takes. */
const others: readonly unknown[] = [17.5, true, [], {}, [[]], { a: 1 }, null, 'x'.repeat(5000), '\u0000'];
/** Where null or one of the values above is right. */
const takes: Readonly<Record<string, readonly unknown[]>> = {
  'PATCH /users/:id disabled': [true],
  'PATCH /alerts/:id verdict': [null],
  'PATCH /alerts/:id assigneeId': [null],
  'POST /login password': ['\u0000'],
  'POST /me/password current': ['\u0000'],
  'POST /me/password next': ['\u0000'],
};

for (const route of routes.filter(route => route.body !== undefined)) {
  test(`${route.method} ${route.path} refuses a value of another type in each field with 400, and names the field`, async () => {
    const document = (await openApiDocument()) as never as Document;
    const body =
      document.paths[`${prefix}${route.path.replace(':id', '{id}')}`]![route.method.toLowerCase()]!.requestBody!
        .content['application/json']!.schema;
    const fields = Object.keys(resolved(body, document).properties!);
    assert.ok(fields.length > 0);
    for (const field of fields) {
      for (const value of others) {
        if (takes[`${route.method} ${route.path} ${field}`]?.includes(value)) continue;
        const answer = await picket.ask(route.method, address(route.path), tokens['admin'], { [field]: value });
        assert.equal(answer.status, 400, `${field}: ${JSON.stringify(value)?.slice(0, 40)} answered ${answer.status}`);
        assert.equal(answer.body.reason, 'validation');
        const named = answer.body.fields.some((fault: { field: string }) => fault.field.startsWith(`body.${field}`));
        assert.ok(named, `${field} is named in ${JSON.stringify(answer.body.fields)}`);
      }
    }
    const more = await picket.ask(route.method, address(route.path), tokens['admin'], { unknown: 1 });
    assert.equal(more.status, 400, 'an unknown field is refused');
    for (const whole of ['[]', '"text"', '17', '{"a":', '{"__proto__":{}}']) {
      const answer = await picket.ask(route.method, address(route.path), tokens['admin'], whole);
      assert.equal(answer.status, 400, whole);
    }
  });
}

for (const route of routes.filter(route => route.query !== undefined && route.kind === 'json')) {
  test(`${route.method} ${route.path} refuses unknown and repeated parameters and ones out of bounds`, async () => {
    const wrong = ['unknown=1', 'limit=0&unknown=1', `search=a&search=b`, 'search=%00', `search=${'x'.repeat(5000)}`];
    if (route.path !== '/events/count') wrong.push('limit=0', 'limit=201', 'limit=1.5', 'limit=x', 'cursor=%20');
    for (const query of wrong) {
      const answer = await picket.ask(route.method, `${address(route.path)}?${query}`, tokens['admin']);
      assert.equal(answer.status, 400, query);
      assert.equal(answer.body.reason, 'validation', query);
    }
  });
}

test('a path parameter that is no UUID is refused', async () => {
  for (const { method, path } of routes.filter(route => route.params !== undefined)) {
    const answer = await picket.ask(method, path.replace(':id', "1'%20OR%20'1'='1"), tokens['admin']);
    assert.equal(answer.status, 400, path);
    assert.equal(answer.body.fields[0].field, 'params.id');
  }
});

test('what is not JSON, too large or nowhere is a problem with its reason', async () => {
  const send = (path: string, init: RequestInit) => fetch(`${picket.api.url}${path}`, init);
  const headers = { authorization: `Bearer ${tokens['admin']}` };
  const form = await send('/api/v1/users', { method: 'POST', headers, body: new URLSearchParams('a=b') });
  assert.deepEqual([form.status, await reasonOf(form)], [415, 'media-type']);
  const large = await picket.ask('POST', '/users', tokens['admin'], { name: 'x'.repeat(70_000) });
  assert.deepEqual([large.status, large.body.reason], [413, 'too-large']);
  const nowhere = await send('/api/v2/users', { headers });
  assert.deepEqual([nowhere.status, await reasonOf(nowhere)], [404, 'no-such-route']);
  const badUrl = await send('/api/v1/alerts/%E0%A4%A', { headers });
  assert.equal(badUrl.status, 400);
  assert.equal(badUrl.headers.get('content-type'), 'application/problem+json');
});

test('each answer carries its request id and tells browsers to be strict', async () => {
  const answer = await picket.ask('GET', '/me');
  assert.equal(answer.headers.get('x-request-id'), answer.body.instance);
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  assert.match(answer.headers.get('content-security-policy')!, /default-src 'none'/);
});

const reasonOf = async (answer: Response): Promise<string> => ((await answer.json()) as { reason: string }).reason;

interface Schema {
  readonly $ref?: string;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, unknown>>;
}
interface Document {
  readonly paths: Record<
    string,
    Record<string, { readonly requestBody?: { readonly content: Record<string, { readonly schema: Schema }> } }>
  >;
  readonly components: { readonly schemas: Record<string, Schema> };
}

function resolved(schema: Schema, document: Document): Schema {
  if (schema.$ref !== undefined) return document.components.schemas[schema.$ref.split('/').at(-1)!]!;
  return schema.anyOf?.find(one => one.properties !== undefined) ?? schema;
}
