import assert from 'node:assert/strict';
import { test } from 'node:test';
import { syscallName } from './syscall-names.ts';

const cases: readonly (readonly [number, string])[] = [
  [0, 'read'],
  [59, 'execve'],
  [334, 'rseq'],
  [335, 'call 335'],
  [424, 'pidfd_send_signal'],
  [452, 'fchmodat2'],
  [469, 'file_setattr'],
  [470, 'call 470'],
  [0x7fff, 'sigreturn'],
  [0x8000 | 11, '32-bit execve'],
  [0x8000 | 222, '32-bit call 222'],
  [0x8000 | 383, '32-bit statx'],
  [0x8000 | 452, '32-bit fchmodat2'],
  [0x4000 | 59, 'x32 execve'],
  [0x4000 | 520, 'x32 call 520'],
];

for (const [number, name] of cases) test(`${number} is ${name}`, () => assert.equal(syscallName(number), name));
