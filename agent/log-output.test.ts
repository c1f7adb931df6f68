import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { test } from 'node:test';
import { logOutput } from './log-output.ts';

/** A disk that takes so many bytes more. */
function disk() {
  const held = {
    text: '',
    room: Number.POSITIVE_INFINITY,
    write(bytes: Uint8Array, from: number): number {
      if (held.room === 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      const part = bytes.subarray(from, from + held.room);
      held.room -= part.length;
      held.text += Buffer.from(part).toString();
      return part.length;
    },
  };
  return held;
}

test('lines that a full disk does not take are dropped, and their number is said when there is room', () => {
  const log = disk();
  const output = logOutput(log.write);
  output.write('{"msg":"first"}\n');
  log.room = 5;
  for (let i = 0; i < 3; i++) output.write(`{"msg":"lost ${i}"}\n`);
  log.room = Number.POSITIVE_INFINITY;
  output.write('{"msg":"next"}\n');
  output.write('{"msg":"last"}\n');
  const lines = log.text.split('\n');
  assert.deepEqual([lines[0], lines[1], lines.length], ['{"msg":"first"}', '{"msg', 6]);
  assert.equal(JSON.parse(lines[2]!).dropped, 3);
  assert.deepEqual(lines.slice(3), ['{"msg":"next"}', '{"msg":"last"}', '']);
});

test('a pipe that is full for a moment loses nothing', () => {
  const log = disk();
  let busy = 3;
  const output = logOutput((bytes, from) => {
    if (busy-- > 0) throw Object.assign(new Error('try again'), { code: 'EAGAIN' });
    return log.write(bytes, from);
  });
  output.write('one\n');
  assert.equal(log.text, 'one\n');
});

test('a process whose log is on a full disk goes on and ends', () => {
  const full = openSync('/dev/full', 'w');
  const program = `
    import pino from 'pino';
    import { logOutput } from ${JSON.stringify(import.meta.resolve('./log-output.ts'))};
    const log = pino({}, logOutput());
    for (let i = 0; i < 100; i++) log.info('a line');
    log.fatal('the last one');
    process.exit(7);`;
  const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: import.meta.dirname,
    stdio: ['ignore', full, 'inherit'],
    timeout: 20_000,
    killSignal: 'SIGKILL',
  });
  closeSync(full);
  assert.equal(status, 7);
});
