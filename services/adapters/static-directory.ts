/** Endpoints given at construction: for one host without a control store, for benchmarks and tests. */

import type { EndpointId } from '../domain/events/ids.ts';
import type { ResponseReport } from '../domain/response/command.ts';
import type { CommandQueue } from '../ports/commands.ts';
import type { EndpointDirectory, EndpointKey, EndpointRefusal, EndpointReport } from '../ports/endpoint-directory.ts';

export class StaticDirectory implements EndpointDirectory {
  /** The newest report of each endpoint. */
  readonly reports = new Map<EndpointId, EndpointReport>();
  /** The newest refusal of each endpoint. */
  readonly refusals = new Map<EndpointId, EndpointRefusal>();
  /** Signed commands that wait, and what agents said. */
  readonly queued = new Map<EndpointId, readonly string[]>();
  readonly responses = new Map<EndpointId, ResponseReport>();
  readonly commands: CommandQueue = {
    waiting: endpoint => (this.queued.get(endpoint) ?? []).length > 0,
    exchange: async (endpoint, report) => {
      this.responses.set(endpoint, report);
      return this.queued.get(endpoint) ?? [];
    },
  };
  #keys: ReadonlyMap<EndpointId, EndpointKey>;

  constructor(keys: ReadonlyMap<EndpointId, EndpointKey>) {
    this.#keys = keys;
  }

  async key(endpoint: EndpointId): Promise<EndpointKey | undefined> {
    return this.#keys.get(endpoint);
  }

  report(report: EndpointReport): void {
    this.reports.set(report.endpoint, report);
  }

  refused(refusal: EndpointRefusal): void {
    this.refusals.set(refusal.endpoint, refusal);
  }

  async close(): Promise<void> {
    this.reports.clear();
    this.refusals.clear();
  }
}
