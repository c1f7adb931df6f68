import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer, Refusal } from './request.ts';

const refused = (error: unknown, status = 409) =>
  answer(Promise.resolve({ error, response: new Response(null, { status }) }));

test('a refusal carries the reason and the words of the problem document', async () => {
  await assert.rejects(refused({ reason: 'changed-meanwhile', detail: 'Somebody was faster.' }), (error: unknown) => {
    assert.ok(error instanceof Refusal);
    assert.deepEqual([error.status, error.reason, error.message], [409, 'changed-meanwhile', 'Somebody was faster.']);
    return true;
  });
});

test('a refusal names each field that was wrong, once', async () => {
  const problem = {
    reason: 'validation',
    detail: 'body.name: is too long',
    fields: [
      { field: 'body.name', message: 'is too long' },
      { field: 'body.api', message: 'is no address' },
    ],
  };
  await assert.rejects(refused(problem, 400), /^Refusal: name: is too long\. api: is no address\.$/);
});

test('where the detail is a sentence for people, the field is not named beside it', async () => {
  const problem = {
    reason: 'name-taken',
    detail: 'There is an endpoint of this name already.',
    fields: [{ field: 'body.name', message: 'is taken' }],
  };
  await assert.rejects(refused(problem), /^Refusal: There is an endpoint of this name already\.$/);
});

test('an error page that is no problem document still says something', async () => {
  await assert.rejects(refused('<html>', 502), /answered 502/);
});

test('a network failure says that the dashboard does not answer', async () => {
  await assert.rejects(answer(Promise.reject(new TypeError('Failed to fetch'))), /does not answer/);
});

test('a success without a body is no failure', async () => {
  assert.equal(await answer(Promise.resolve({ response: new Response(null, { status: 204 }) })), undefined);
});
