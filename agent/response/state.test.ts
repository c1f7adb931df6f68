import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type KeptResult, type ResponseState, readState, writeState } from './state.ts';

const folder = mkdtempSync(join(tmpdir(), 'picket-state-'));
after(() => rmSync(folder, { recursive: true }));
const now = 1_800_000_000_000;
const result = (n: number): KeptResult => ({
  ...{ id: `${n}`, outcome: 'done', atMicros: n, detail: '', file: null, told: true },
});
const state: ResponseState = {
  ...{ serial: 17, current: 'x', results: [result(1)] },
  isolation: { sinceMicros: 1, untilMicros: null, fleeting: '', addresses: ['192.0.2.1'] },
};

test('what was noted down is read again', () => {
  assert.equal(readState(folder, now).serial, 0, 'nothing was met yet');
  writeState(folder, state);
  assert.deepEqual(readState(folder, now), state);
});

test('notes that are damaged count as knowing of every command issued before: none of them is obeyed again', () => {
  for (const text of ['', '{', 'null', '[]', '{"serial":"x"}', '\0'.repeat(100)]) {
    writeFileSync(join(folder, 'response'), text);
    assert.deepEqual(readState(folder, now), { serial: now, current: null, results: [], isolation: null }, text);
  }
});

test('of the results the newest are kept', () => {
  writeState(folder, { ...state, results: Array.from({ length: 100 }, (_, n) => result(n)) });
  const { results } = readState(folder, now);
  assert.deepEqual([results.length, results.at(-1)?.id], [64, '99']);
});

test('a disk that takes nothing is an error: nothing may be begun without a note', () => {
  assert.throws(() => writeState(join(folder, 'none'), state), /ENOENT/);
});
