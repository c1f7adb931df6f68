import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { CommandFailed, runCommand } from './command.mjs';

const folder = mkdtempSync(join(tmpdir(), 'picket-command-'));
after(() => rmSync(folder, { recursive: true }));

const run = (log: string, ...command: string[]) => {
  const lines: string[] = [];
  const options = {
    cwd: folder,
    env: process.env,
    log: join(folder, log),
    onLine: (line: string) => void lines.push(line),
  };
  return runCommand(command, options).then(() => lines);
};

test('a command is heard line by line, and all of it is in the log', async () => {
  assert.deepEqual(await run('good.log', 'sh', '-c', 'echo one; echo two >&2'), ['one', 'two']);
  assert.equal(readFileSync(join(folder, 'good.log'), 'utf8'), '$ sh -c echo one; echo two >&2\none\ntwo\n');
});

test('a command that fails says how it ended, and the end of what it said', async () => {
  await assert.rejects(run('bad.log', 'sh', '-c', 'seq 100; exit 3'), error => {
    assert.ok(error instanceof CommandFailed);
    assert.equal(error.ending, 'exit code 3');
    assert.equal(error.tail.at(-1), '100');
    assert.ok(error.tail.length < 100);
    assert.equal(error.log, join(folder, 'bad.log'));
    return true;
  });
});

test('a program that is not there is a failure like any other', async () => {
  await assert.rejects(run('gone.log', 'no-such-program'), /no-such-program: .*ENOENT/);
});
