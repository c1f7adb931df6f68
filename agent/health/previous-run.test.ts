import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { PreviousEnd } from '@picket/proto';
import { runBefore, witnessFile, writeMark } from './previous-run.ts';

const root = mkdtempSync(join(tmpdir(), 'picket-run-before-'));
after(() => rmSync(root, { recursive: true }));

const boot = 'ab'.repeat(16);
const booted = 1_790_000_000_000_000;
const mark = { boot, startedMicros: booted + 100, aliveMicros: booted + 200, inOrder: false };

/** As a witness writes it: one signal of each kind, SIGKILL at `micros` since boot. */
function notes(micros: number): Buffer {
  const bytes = Buffer.alloc(3 * 72);
  bytes.writeBigUInt64LE(BigInt(micros) * 1000n, 72);
  bytes.writeUInt32LE(9, 72 + 24);
  bytes.writeUInt32LE(4711, 72 + 28);
  bytes.write('kill', 72 + 40);
  return bytes;
}

let folders = 0;
const folder = () => mkdtempSync(join(root, `${folders++}-`));

test('a first run finds none before it', () => {
  assert.equal(runBefore(folder(), boot, booted).end, PreviousEnd.NONE);
});

test('a run that said that it ends ended in order, whatever came after', () => {
  const at = folder();
  writeMark(at, { ...mark, inOrder: true });
  writeFileSync(witnessFile(at), notes(150));
  assert.deepEqual(runBefore(at, 'cd'.repeat(16), booted), {
    end: PreviousEnd.IN_ORDER,
    aliveMicros: mark.aliveMicros,
    signal: undefined,
  });
});

test('a run that did not was killed; the witness says by whom, once', () => {
  const at = folder();
  writeMark(at, mark);
  writeFileSync(witnessFile(at), notes(150));
  const before = runBefore(at, boot, booted);
  assert.equal(before.end, PreviousEnd.KILLED);
  assert.deepEqual([before.signal?.signal, before.signal?.sender.pid, before.signal?.sender.name], [9, 4711, 'kill']);
  assert.equal(runBefore(at, boot, booted).signal, undefined);
});

test('what a witness wrote of an earlier run is not taken for the end of this one', () => {
  const at = folder();
  writeMark(at, mark);
  writeFileSync(witnessFile(at), notes(50));
  assert.equal(runBefore(at, boot, booted).signal, undefined);
});

test('another boot without a word: the host went down', () => {
  const at = folder();
  writeMark(at, mark);
  assert.equal(runBefore(at, 'cd'.repeat(16), booted).end, PreviousEnd.HOST_DOWN);
});

test('rubbish in either file is no reason to fail', () => {
  for (const text of ['', '{', '{}', 'null', '[1]', JSON.stringify({ ...mark, aliveMicros: 'soon' })]) {
    const at = folder();
    writeFileSync(join(at, 'run'), text);
    writeFileSync(witnessFile(at), text);
    assert.equal(runBefore(at, boot, booted).end, PreviousEnd.UNKNOWN, text);
  }
});
