/** Tests of hosts that are not as they should be, for every way to run Picket: wrong clocks, and agents of other versions. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Api } from '../harness/api.ts';
import { until } from '../harness/until.ts';
import { newerAgent, newsPerBatch, olderAgent } from './dialect.ts';
import type { Faults } from './disturb.ts';
import { storyLength } from './fleet.ts';

/** A Picket that runs, in which a story was told undisturbed. */
interface Bed {
  readonly api: Api;
  readonly faults: Faults;
}

interface Refusal {
  readonly reason: string;
  readonly detail: string;
}

/** `bed`: asked once the tests run. */
export function testOddHosts(bed: () => Bed): void {
  test('the clocks of the hosts are ten minutes off: their pages say so, and all is taken when the clocks are right', async t => {
    let endpoints: readonly string[] = [];
    const refused = async (id: string) =>
      (await bed().api.get<{ refusal: Refusal | null }>(`/endpoints/${id}`)).refusal;
    await bed().faults.disturb(t, async (fleet, over) => {
      endpoints = fleet.endpoints;
      for (const [seconds, words] of [
        [600, 'ahead of'],
        [-600, 'behind'],
      ] as const) {
        fleet.setClocks(seconds);
        fleet.see(2);
        for (const id of endpoints) {
          await until(`${id} to be shown with a clock ${words} ours`, 60, async () => {
            const refusal = await refused(id);
            return (refusal?.reason === 'clock-skew' && refusal.detail.includes(words)) || undefined;
          });
        }
      }
      fleet.setClocks(0);
      over();
    });
    for (const id of endpoints) {
      await until(`${id} to be shown as well again`, 60, async () => (await refused(id)) === null || undefined);
    }
  });

  test('agents of a newer and an older version submit at the same time: all they know is kept, what is new is counted', async () => {
    const [newer] = await Promise.all([
      bed().faults.told('newer agents', newerAgent()),
      bed().faults.told('older agents', olderAgent()),
    ]);
    for (const endpoint of newer.endpoints) {
      const { count } = await bed().api.get<{ count: number }>(`/events/count?kind=unknown&endpoint=${endpoint}`);
      assert.equal(count, newsPerBatch * storyLength);
    }
  });
}
