/**
 * A plan that is done again: do the messages that the bus gives make the block that was planned?
 *
 * They do not where the bus lost messages that it had acknowledged, or began anew, and gave their offsets again (Kafka does, the log
 * on disk does not). Inserted under the plan's token, the store would drop them as what it has already.
 */

import type { Step, StreamName } from './watermarks.ts';

/** What has been gathered of a stream may still become what was planned of it. */
export const keepsTo = (planned: Step | undefined, gathered: Step | undefined): boolean =>
  gathered === undefined ||
  (planned !== undefined && gathered.before === planned.before && gathered.after <= planned.after);

/** All that was planned has been gathered. */
export const isWhole = (planned: ReadonlyMap<StreamName, Step>, gathered: ReadonlyMap<StreamName, Step>): boolean =>
  [...planned].every(([stream, { before, after }]) => before === after || gathered.get(stream)?.after === after);
