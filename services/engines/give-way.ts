/** Who comes first where everything runs on one machine. */

import { getPriority, setPriority } from 'node:os';

/**
 * The calling thread gives way to those who answer somebody: what waits in the bus waits safely, an agent's submission or a
 * person's question does not. Without effect where the machine has time for all.
 */
export const giveWay = (): void => setPriority(0, Math.min(getPriority() + 10, 19));
