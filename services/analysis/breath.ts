/** Lets the event loop serve others now and then: the analysis shares its process with them. */

import { setImmediate as turn } from 'node:timers/promises';

/** Milliseconds of work between two turns of the event loop. */
const work = 8;

export class Breath {
  #since = performance.now();

  async maybe(): Promise<void> {
    if (performance.now() - this.#since < work) return;
    await turn();
    this.#since = performance.now();
  }
}
