/** One fault: hosts live through their story, something is done to the system in the middle of it, and the whole must come out. */

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type Dialect, ours } from './dialect.ts';
import { type Findings, StoryFleet, type System } from './fleet.ts';
import { lessons } from './story.ts';

export interface Faults {
  /** Does the fault while a fleet sends, and checks; prints what was counted and how long the recovery took. */
  disturb(t: TestContext, fault: Fault): Promise<void>;
  /** All fleets so far once more: what came twice, however late, shows. */
  nothingCameLater(): Promise<void>;
  /** A whole story that nobody disturbs: what `disturb` compares with. */
  undisturbed(): Promise<Findings>;
  /** A whole story in another dialect, to be compared in the same way. */
  told(name: string, dialect: Dialect): Promise<StoryFleet>;
  close(): Promise<void>;
}

/**
 * Called while the fleet's events are under way. Calls `over` at the moment from which on the system may recover: that of the
 * kill, where what was killed comes back by itself, or the end of an outage.
 */
export type Fault = (fleet: StoryFleet, over: () => void) => Promise<void>;

/** `folder`: the hosts' spools are made below. */
export function faultsOn(system: System, folder: string): Faults {
  const fleets: StoryFleet[] = [];
  let expected: Findings | undefined;
  const enrol = async (name: string, dialect = ours) => {
    const fleet = await StoryFleet.enrol(system, { name: `${fleets.length} ${name}`, folder, dialect });
    fleets.push(fleet);
    return fleet;
  };
  return {
    async undisturbed() {
      expected = await (await enrol('undisturbed')).endsWell();
      return expected;
    },
    async disturb(t, fault) {
      if (expected === undefined) throw new Error('nothing to compare with: a story was to be told undisturbed first');
      const fleet = await enrol(t.name.slice(0, 60));
      fleet.see(lessons + 10);
      await fleet.reaches(0.4);
      // However fast the machine is: something of every host is on its way when the fault comes.
      fleet.see(4);
      assert.ok(fleet.acknowledged < fleet.events);
      const [before, seen] = [fleet.acknowledged, fleet.events];
      let from = performance.now();
      let takesAgain: Promise<number> | undefined;
      await fault(fleet, () => {
        from = performance.now();
        takesAgain = fleet.takesAgain().then(() => performance.now());
        // Waited for below; a fault that fails before is what is told then.
        takesAgain.catch(() => undefined);
      });
      fleet.see(10);
      const taken = (await takesAgain) ?? from;
      await fleet.endsWell(expected);
      const whole = performance.now();
      t.diagnostic(
        `${t.name}: ${before} of ${seen} events acknowledged before, ${fleet.acknowledged} at the end, each stored and analysed once; ` +
          `taken again after ${seconds(taken - from)}, all stored and analysed after ${seconds(whole - from)}`,
      );
    },
    async told(name, dialect) {
      const fleet = await enrol(name, dialect);
      await fleet.endsWell(expected);
      return fleet;
    },
    async nothingCameLater() {
      for (const fleet of fleets) await fleet.isStill(expected);
    },
    async close() {
      for (const fleet of fleets) await fleet.close();
    },
  };
}

const seconds = (millis: number) => `${(millis / 1000).toFixed(1)} s`;
