/** The number behind a baseline, in words (Good-Turing: the chance that the next observation is one never seen before). */

import { percent, quantity } from './quantity.ts';

export type Phase = 'learning' | 'saturated' | 'enforced';

export const phaseMeaning: Readonly<Record<Phase, string>> = {
  learning: 'Still meeting new behaviour; deviations are not reported yet.',
  saturated: 'Hardly anything new is met any more; about to be enforced.',
  enforced: 'What is new is a deviation and raises an alert.',
};

/** One or two sentences: how much is known, and how surprising something new would be. */
export function baselineWords(phase: Phase, observations: number, unseenProbability: number): string {
  const seen = `${quantity(observations)} ${observations === 1 ? 'observation' : 'observations'}`;
  if (observations === 0) return 'Nothing has been observed of this program yet.';
  if (phase === 'learning') {
    return `Learning: after ${seen}, about ${percent(unseenProbability)} of what comes next is expected to be new.`;
  }
  const oneIn = unseenProbability > 0 ? `, one in ${quantity(1 / unseenProbability)}` : '';
  return `After ${seen}, the chance that the next one is something new is ${percent(unseenProbability)}${oneIn}.`;
}
