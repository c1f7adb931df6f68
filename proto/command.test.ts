import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Command, readCommand, signCommand } from './command.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const stranger = generateKeyPairSync('ed25519');

const command: Command = {
  id: '7b1f6a1e-0000-4000-8000-000000000001',
  endpoint: '018f0000-0000-7000-8000-000000000001',
  serial: 1_800_000_000_000,
  issued: 1_800_000_000,
  expires: 1_800_000_600,
  action: { kind: 'collect-file', path: '/etc/pass wd\n"ü😀' },
};

test('a command comes out as it went in, of each kind', () => {
  for (const action of [
    command.action,
    { kind: 'kill-process', execId: 'b:1:2' },
    { kind: 'isolate', minutes: 60 },
    { kind: 'isolate', minutes: null },
    { kind: 'release' },
  ] as const) {
    assert.deepEqual(readCommand(signCommand({ ...command, action }, privateKey), publicKey), {
      ok: true,
      command: { ...command, action },
    });
  }
});

test('a command signed by another key is none', () => {
  const read = readCommand(signCommand(command, stranger.privateKey), publicKey);
  assert.equal(!read.ok && read.reason, 'unsigned');
});

test('no character of a command can be changed', () => {
  const line = signCommand(command, privateKey);
  fc.assert(
    fc.property(fc.nat(line.length - 1), fc.constantFrom('A', 'B', '_', '.', ' '), (at, character) => {
      const changed = line.slice(0, at) + character + line.slice(at + 1);
      const bytes = (text: string) => text.split('.').map(part => Buffer.from(part, 'base64url').toString('hex'));
      // The last character of a part has bits that stand for nothing.
      const isSame = JSON.stringify(bytes(changed)) === JSON.stringify(bytes(line));
      assert.equal(readCommand(changed, publicKey).ok, isSame);
    }),
  );
});

test('a signature over the bare payload is none of a command: the context is signed too', () => {
  const payload = Buffer.from(JSON.stringify(command));
  const line = `${payload.toString('base64url')}.${sign(null, payload, privateKey).toString('base64url')}`;
  assert.equal(readCommand(line, publicKey).ok, false);
});

test('what is signed and cannot be understood is said to be that, whatever it is', () => {
  const wrong: readonly unknown[] = [
    null,
    [],
    'text',
    {},
    { ...command, serial: 1.5 },
    { ...command, id: 7 },
    { ...command, expires: undefined },
    { ...command, action: null },
    { ...command, action: { kind: 'format-disk' } },
    { ...command, action: { kind: 'isolate' } },
    { ...command, action: { kind: 'isolate', minutes: 0 } },
    { ...command, action: { kind: 'kill-process', execId: 7 } },
  ];
  for (const value of wrong) {
    const read = readCommand(signCommand(value as Command, privateKey), publicKey);
    assert.equal(!read.ok && read.reason, 'unreadable', JSON.stringify(value));
  }
});

test('a line of any length and any content is refused without an exception', () => {
  fc.assert(fc.property(fc.string(), line => assert.equal(readCommand(line, publicKey).ok, false)));
  assert.equal(readCommand('A'.repeat(1_000_000), publicKey).ok, false);
});
