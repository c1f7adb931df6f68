/** What an event does to the agent or to its clock: remembered until the sensor says that something became of it, to name the program. */

import { isWrite } from '../detectors/access.ts';
import { isAgent } from '../detectors/agent.ts';
import type { Event } from '../events/event.ts';
import type { OperationName } from '../events/operation.ts';

export type Deed = 'config-written' | 'agent-accessed' | 'clock-set';

const config = '/etc/monitoringAgent.conf';
const changes: ReadonlySet<OperationName> = new Set(['rename', 'unlink', 'link', 'symlink', 'truncate', 'mount']);

/** Undefined for an event that does nothing to it, or that failed. */
export function deedOf(event: Event): Deed | undefined {
  switch (event.kind) {
    case 'file.opened':
      return event.result >= 0 && event.path === config && isWrite(event.what, event.flags)
        ? 'config-written'
        : undefined;
    case 'file.changed':
      return event.result >= 0 && changes.has(event.operation) && (event.path === config || event.other === config)
        ? 'config-written'
        : undefined;
    case 'process.accessed':
      return event.result >= 0 && event.target && isAgent(event.target) ? 'agent-accessed' : undefined;
    case 'kernel.changed':
      return event.result >= 0 && event.operation === 'set-clock' ? 'clock-set' : undefined;
    default:
      return undefined;
  }
}
