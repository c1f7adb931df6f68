/** How long a recovery took, for whoever reads what the tests print. */

import type { TestContext } from 'node:test';

/** Call it at the moment from which on the system may recover; what it gives says what is right again, and when. */
export function recovery(t: TestContext): (what: string) => void {
  const from = performance.now();
  return what => t.diagnostic(`${t.name}: ${what} after ${((performance.now() - from) / 1000).toFixed(1)} s`);
}
