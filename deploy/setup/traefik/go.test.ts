import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRecent } from './go.mjs';

test('a Go builds Traefik when it is 1.24 or newer; Debian 12 has 1.19, and some systems have none', () => {
  const versions = ['go1.24', 'go1.24.11', 'go1.26.8', 'go2.0', 'go1.25rc1'];
  assert.deepEqual(versions.filter(isRecent), versions);
  assert.deepEqual(['go1.19.8', 'go1.23.12', 'go1.9', 'devel', ''].filter(isRecent), []);
});
