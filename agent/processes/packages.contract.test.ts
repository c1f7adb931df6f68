/** The package database of this very host answers. */

import assert from 'node:assert/strict';
import { realpathSync } from 'node:fs';
import { test } from 'node:test';
import { packageOwners } from './packages.ts';

const owners = packageOwners();
const here = owners ? {} : { skip: 'this host is kept neither by dpkg nor by rpm' };

test('a program of the system is of a package, with its version; what is of none is absent', here, async () => {
  const shell = realpathSync('/bin/cat');
  const found = await owners!([shell, '/nowhere/at-all', '--help', '/usr/bin/*']);
  assert.deepEqual([...found.keys()], [shell]);
  assert.match(found.get(shell)!, /^coreutils\S* \d\S*$/);
});

test('where nothing is found there is no answer, and no error', here, async () => {
  assert.equal((await owners!(['/nowhere/at-all'])).size, 0);
  assert.equal((await owners!([])).size, 0);
});

test('a question can be ended', here, async () => {
  await assert.rejects(owners!([realpathSync('/bin/cat')], AbortSignal.abort()), { name: 'AbortError' });
});

test('a host of neither is asked nothing', () => assert.equal(packageOwners('/nowhere'), undefined));
