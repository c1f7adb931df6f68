/** The order of system calls: what a program is known to do stays in the kernel, what it never did comes out as the sequence. */

import assert from 'node:assert/strict';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { stage } from './contract/act.ts';
import { sensorHere, watch } from './contract/watch.ts';
import type { Syscalls } from './event.ts';

describe('sequences of system calls', sensorHere, () => {
  const { act, folder } = stage();
  const [open, close, execve, creat] = [2, 3, 59, 85];
  const opens = (times: number) => [act, 'open', '/etc/hosts', '0', `${times}`];
  const gated = () => watch({ sampleOneIn: 2 ** 30 });
  const numbersOf = ({ numbers }: Syscalls) => [
    ...new Uint16Array(numbers.buffer, numbers.byteOffset, numbers.length / 2),
  ];

  test('a sample has the calls of a thread in their order', async () => {
    await using seen = watch({ sampleOneIn: 1 });
    seen.run(opens(40));
    const windows = await seen.of('syscalls', seen.run(opens(40)));
    const start = windows.find(window => window.unseen === 0 && numbersOf(window)[0] === execve);
    assert.ok(start, 'the program was known, and no sample came');
    const numbers = numbersOf(start);
    const at = numbers.indexOf(open);
    assert.deepEqual([...numbers.slice(at, at + 6)], [open, close, open, close, open, close]);
  });

  test('what a program has done before stays in the kernel', async () => {
    await using seen = gated();
    const first = await seen.of('syscalls', seen.run(opens(400)));
    assert.ok(first.length > 0 && first.every(({ unseen }) => unseen > 0));
    assert.ok(first.some(window => numbersOf(window)[0] === execve));
    // Some 800 calls are a dozen windows; from the second one of the loop on they hold nothing new.
    const looped = first.filter(window =>
      numbersOf(window)
        .slice(10)
        .every(each => each === open || each === close),
    );
    assert.ok(looped.length <= 1, `${looped.length} windows of one loop`);
    for (let run = 0; run < 3; run++) assert.deepEqual(await seen.of('syscalls', seen.run(opens(400))), []);
  });

  test('a sequence that a known program never made comes out, once', async () => {
    await using seen = gated();
    seen.run(opens(40));
    assert.deepEqual(await seen.of('syscalls', seen.run(opens(40))), []);
    const other = [act, 'creat', join(folder, 'created')];
    const windows = await seen.of('syscalls', seen.run(other));
    assert.equal(windows.length, 1);
    assert.ok(windows[0]!.unseen > 0 && numbersOf(windows[0]!).includes(creat));
    assert.deepEqual(await seen.of('syscalls', seen.run(other)), []);
  });

  test('what a program knows is forgotten when it is too much, and counted', async () => {
    await using seen = gated();
    const made = (windows: Syscalls[]) => windows.filter(window => numbersOf(window)[0] === execve).length;
    assert.ok(made(await seen.of('syscalls', seen.run(opens(1)))) > 0);
    assert.equal(made(await seen.of('syscalls', seen.run(opens(1)))), 0);
    // A quarter of 131,072 bits: of 262,144 sequences that eight calls make, more than that come in 100,000 calls.
    for (let run = 0; run < 10 && seen.source.counters()['gate.emptied'] === 0; run++)
      seen.run([act, 'wander', '100000']);
    assert.ok(seen.source.counters()['gate.emptied']! > 0);
    assert.ok(made(await seen.of('syscalls', seen.run(opens(1)))) > 0);
  });

  test('programs are told apart, and scripts by their names', async () => {
    await using seen = gated();
    const [twin, one, two] = [join(folder, 'twin'), join(folder, 'one'), join(folder, 'two')];
    copyFileSync(act, twin);
    for (const script of [one, two]) writeFileSync(script, '#!/bin/sh\n:\n', { mode: 0o755 });
    for (const [known, other] of [
      [
        [act, 'open', '/etc/hosts', '0', '1'],
        [twin, 'open', '/etc/hosts', '0', '1'],
      ],
      [[one], [two]],
    ] as const) {
      seen.run(known);
      const after = (windows: Syscalls[]) => windows.filter(window => numbersOf(window)[0] === execve);
      assert.deepEqual(after(await seen.of('syscalls', seen.run(known))), [], known[0]);
      assert.equal(after(await seen.of('syscalls', seen.run(other))).length > 0, true, other[0]);
    }
  });
});
