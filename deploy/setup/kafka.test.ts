import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { cached } from './cache.mjs';
import { complete } from './kafka.mjs';

const folder = mkdtempSync(join(tmpdir(), 'picket-kafka-jars-'));
after(() => rmSync(folder, { recursive: true }));

test('jars count only when all are there and whole', () => {
  const jars = join(folder, 'jars');
  const list = join(folder, 'SHA256SUMS');
  const content: Record<string, string> = { 'a.jar': 'first', 'b.jar': 'second' };
  const sum = (text: string) => createHash('sha256').update(text).digest('hex');
  writeFileSync(
    list,
    Object.keys(content)
      .map(name => `${sum(content[name]!)}  ${name}\n`)
      .join(''),
  );
  assert.equal(complete(jars, list), false, 'no folder');
  mkdirSync(jars);
  writeFileSync(join(jars, 'a.jar'), 'first');
  assert.equal(complete(jars, list), false, 'one is missing');
  writeFileSync(join(jars, 'b.jar'), 'sec');
  assert.equal(complete(jars, list), false, 'one is cut off');
  writeFileSync(join(jars, 'b.jar'), 'second');
  assert.equal(complete(jars, list), true);
});

test('the cache lies where PICKET_CACHE says, else in the folder of the user for such things', () => {
  assert.equal(cached('x-1', { PICKET_CACHE: '/c', XDG_CACHE_HOME: '/x' }), '/c/x-1');
  assert.equal(cached('x-1', { XDG_CACHE_HOME: '/x' }), '/x/picket/x-1');
  assert.match(cached('x-1', {}), /[/].cache[/]picket[/]x-1$/);
});
