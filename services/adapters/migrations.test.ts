import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlMigrations, eventMigrations, pending, SchemaMismatch, statementsOf } from './migrations.ts';

const migration = (number: number, checksum = `sum${number}`) => ({
  number,
  name: `000${number}_x.sql`,
  sql: '',
  checksum,
});

test('what is not applied yet is applied, in order', () => {
  assert.deepEqual(
    pending(
      [1, 2, 3].map(n => migration(n)),
      [migration(1)],
    ).map(({ number }) => number),
    [2, 3],
  );
  assert.deepEqual(pending([migration(1)], [migration(1)]), []);
});

test('a file that was changed after it was applied is refused by its name', () => {
  assert.throws(
    () => pending([migration(1, 'new')], [migration(1, 'old')]),
    (error: Error) => {
      return error instanceof SchemaMismatch && /0001_x\.sql was changed/.test(error.message);
    },
  );
});

test('a store that is newer than this version is refused', () => {
  assert.throws(
    () => pending([migration(1)], [migration(1), migration(2)]),
    /0002_x\.sql, which this version does not know/,
  );
});

test('a file is cut into its statements; comments alone are none', () => {
  assert.deepEqual(statementsOf("-- why\nCREATE TABLE a (b String DEFAULT ';');\n\nCREATE TABLE c;\n-- the end\n"), [
    "-- why\nCREATE TABLE a (b String DEFAULT ';')",
    'CREATE TABLE c',
  ]);
});

test('the migrations of both stores are numbered without holes, and each says why', () => {
  for (const { name, sql } of [...controlMigrations(), ...eventMigrations()]) assert.match(sql, /^-- \w/, name);
});
