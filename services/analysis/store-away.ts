/** The control store is away: what the analysis says of it. */

import type { Logger } from 'pino';
import { AnalysisStoreUnavailable } from '../ports/analysis-store.ts';
import type { Awaited } from '../ports/patience.ts';

export const controlStoreAway = (log: Logger): Awaited => ({
  reason: error => (error instanceof AnalysisStoreUnavailable ? 'down' : undefined),
  begun: (_, error) => log.warn({ err: error }, 'The control store does not answer; analysis waits for it'),
  over: waitedMs => log.info({ waitedMs }, 'The control store answers again; analysis goes on'),
});
