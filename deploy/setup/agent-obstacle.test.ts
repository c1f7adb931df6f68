import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentObstacle } from './agent-obstacle.mjs';

const fit = { uid: 0, kernel: '6.1.0-37-amd64', linux: true, btf: true };

test('root on a kernel with BTF has nothing in the way', () => {
  assert.equal(agentObstacle(fit), undefined);
  assert.equal(agentObstacle({ ...fit, kernel: '5.8.0' }), undefined);
});

for (const [what, host, words] of [
  ['another system', { linux: false }, /needs Linux/],
  ['an old kernel', { kernel: '5.4.0-216-generic' }, /5\.4\.0-216-generic .* 5\.8/],
  ['a kernel without BTF', { btf: false }, /CONFIG_DEBUG_INFO_BTF/],
  ['a user who is not root', { uid: 1000 }, /sudo npm start/],
] as const) {
  test(`${what} is named, with what would help, in one line`, () => {
    const obstacle = agentObstacle({ ...fit, ...host });
    assert.match(obstacle ?? '', words);
    assert.equal(obstacle?.includes('\n'), false);
  });
}
