import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assign } from './assignment.ts';

const table = (shares: Map<string, number[]>) => Object.fromEntries(shares);

test('a member that comes takes no more than its share, and the others keep the rest', () => {
  assert.deepEqual(
    table(
      assign(
        [0, 1, 2, 3],
        [
          { id: 'a', has: [0, 1, 2, 3] },
          { id: 'b', has: [] },
        ],
      ),
    ),
    {
      a: [0, 1],
      b: [2, 3],
    },
  );
});

test('what a member leaves is shared out, and nobody else loses anything', () => {
  assert.deepEqual(
    table(
      assign(
        [0, 1, 2, 3, 4, 5],
        [
          { id: 'b', has: [2, 3] },
          { id: 'c', has: [4, 5] },
        ],
      ),
    ),
    { b: [0, 2, 3], c: [1, 4, 5] },
  );
});

test('a partition that two claim goes to one of them', () => {
  assert.deepEqual(
    table(
      assign(
        [0, 1],
        [
          { id: 'b', has: [0] },
          { id: 'a', has: [0] },
        ],
      ),
    ),
    { a: [0], b: [1] },
  );
});

test('whoever has what: every partition goes to exactly one member, shares are even, and who has a fair share keeps it', () => {
  const member = fc.array(fc.nat(20), { maxLength: 21 });
  fc.assert(
    fc.property(fc.nat(20), fc.array(member, { minLength: 1, maxLength: 6 }), (count, claims) => {
      const partitions = Array.from({ length: count }, (_, i) => i);
      const members = claims.map((has, i) => ({ id: `m${i}`, has }));
      const shares = assign(partitions, members);
      assert.deepEqual(
        [...shares.values()].flat().sort((a, b) => a - b),
        partitions,
      );
      const sizes = [...shares.values()].map(share => share.length);
      assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
      const again = assign(
        partitions,
        members.map(({ id }) => ({ id, has: shares.get(id)! })),
      );
      assert.deepEqual(again, shares, 'a second look moves nothing');
    }),
  );
});
