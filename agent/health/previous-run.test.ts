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

interface Note {
  /** Since boot, microseconds. */
  readonly micros: number;
  readonly signal?: number;
  readonly pid?: number;
  readonly name?: string;
}

/** As a witness writes it: one signal of each kind, that of a kill at `micros` since boot, and others. */
function notes(micros: number, others: { end?: Note; stop?: Note } = {}): Buffer {
  const bytes = Buffer.alloc(3 * 72);
  const kill: Note | undefined = micros > 0 ? { micros } : undefined;
  for (const [i, note] of [others.end, kill, others.stop].entries()) {
    if (!note) continue;
    bytes.writeBigUInt64LE(BigInt(note.micros) * 1000n, i * 72);
    bytes.writeUInt32LE(note.signal ?? 9, i * 72 + 24);
    bytes.writeUInt32LE(note.pid ?? 4711, i * 72 + 28);
    bytes.write(note.name ?? 'kill', i * 72 + 40);
  }
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

const stop = { micros: 250, signal: 19, pid: 4712, name: 'sh' };
const watchdog = { micros: 300, signal: 6, pid: 1, name: 'systemd' };

for (const { why, written, signal } of [
  {
    why: 'one that was stopped until its watchdog ended it: by who stopped it',
    written: notes(0, { stop, end: watchdog }),
    signal: 19,
  },
  {
    why: 'the same, seen from outside of a container, where the service manager has another pid',
    written: notes(0, { stop, end: { ...watchdog, pid: 5000 } }),
    signal: 19,
  },
  {
    why: 'one that went on after it was stopped: its last sign of life is newer',
    written: notes(0, { stop: { ...stop, micros: 150 }, end: watchdog }),
    signal: 6,
  },
  {
    why: 'one that was stopped and then killed by somebody: by who killed it',
    written: notes(300, { stop }),
    signal: 9,
  },
  { why: 'one that was stopped, and of whose end nobody knows more', written: notes(0, { stop }), signal: 19 },
  { why: 'one that only its watchdog ended', written: notes(0, { end: watchdog }), signal: 6 },
]) {
  test(`the end of ${why}`, () => {
    const at = folder();
    writeMark(at, mark);
    writeFileSync(witnessFile(at), written);
    assert.equal(runBefore(at, boot, booted).signal?.signal, signal);
  });
}

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
