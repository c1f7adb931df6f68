import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandLine } from './command-line.ts';

test('an argument with blanks, quotes or nothing in it can be told from two', () => {
  assert.equal(commandLine(['sh', '-c', "echo 'a b'", '']), `sh -c 'echo '\\''a b'\\''' ''`);
});

test('plain arguments stay bare', () => assert.equal(commandLine(['/bin/ls', '-la', '/etc']), '/bin/ls -la /etc'));

test('the emptied arguments behind a process title are left out, an empty argument that was given is not', () => {
  assert.equal(commandLine(['npm ci', '', '', '', '', '']), "'npm ci'");
  assert.equal(commandLine(['grep', '']), "grep ''");
  assert.equal(commandLine(['', '', '', '', '']), "'' '' '' '' ''");
});
