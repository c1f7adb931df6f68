/** Ports for the parts among themselves, below those that the system hands out to clients: one that is down finds its own free. */

import { randomInt } from 'node:crypto';
import { inUse } from '../setup/ports.mjs';

const [first, end] = [20_000, 32_000];

/** So many different ports of loopback that nobody listens on now. */
export async function innerPorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  for (let tries = 0; ports.size < count; tries++) {
    if (tries > 50 * count)
      throw new Error(`${count} free ports of 127.0.0.1 from ${first} to ${end} expected, too few found`);
    const port = randomInt(first, end);
    if (!(await inUse(port, '127.0.0.1'))) ports.add(port);
  }
  return [...ports];
}
