import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { giveFolder, openPassage, runnablePrograms, unprivilegedAccount } from './postgres-account.ts';

const root = process.getuid?.() === 0;
const nobody = 'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/sbin/nologin\n';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'picket-account-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a server that is root runs PostgreSQL as picket, else as nobody', { skip: !root }, () => {
  assert.deepEqual(unprivilegedAccount(nobody), { name: 'nobody', uid: 65534, gid: 65534 });
  assert.equal(unprivilegedAccount(`${nobody}picket:x:990:991::/:/sbin/nologin\n`)?.uid, 990);
  assert.throws(() => unprivilegedAccount('root:x:0:0::/root:/bin/sh\n'), /none of the accounts picket, nobody/);
});

test('a folder that the account can not reach is named, with what to do', { skip: !root }, () => {
  const account = unprivilegedAccount(nobody);
  const data = join(folder, 'postgres');
  assert.throws(
    () => giveFolder(data, account),
    (error: Error) => error.message.includes(`chmod o+x ${folder}`),
  );
  openPassage(folder);
  giveFolder(data, account);
  assert.equal(statSync(data).uid, 65534);
});

test('programs in a folder that the account can not enter are copied to where it can', { skip: !root }, () => {
  const account = unprivilegedAccount(nobody);
  openPassage(folder);
  const closed = join(folder, 'closed');
  const packaged = join(closed, 'native');
  mkdirSync(join(packaged, 'bin'), { recursive: true });
  writeFileSync(join(packaged, 'bin/postgres'), '#!/bin/sh\necho 18\n', { mode: 0o700 });
  chmodSync(closed, 0o700);
  const copies = join(folder, 'programs');
  assert.equal(runnablePrograms(packaged, '18.4', copies, account), join(copies, 'postgres-18.4'));
  assert.equal(runnablePrograms(packaged, '18.4', copies, account), join(copies, 'postgres-18.4'));
  chmodSync(closed, 0o755);
  chmodSync(join(packaged, 'bin/postgres'), 0o755);
  assert.equal(runnablePrograms(packaged, '18.4', copies, account), packaged);
});
