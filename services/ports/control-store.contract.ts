/** What every control store does. An adapter's test calls `controlStoreContract` with a way to open an empty one. */

import { test } from 'node:test';
import type { EndpointId } from '../domain/events/ids.ts';
import { accountsContract } from './accounts.contract.ts';
import { type AlertToAdd, alertsContract } from './alerts.contract.ts';
import type { ControlStore } from './control-store.ts';
import { endpointsContract } from './endpoints.contract.ts';
import type { Instant } from './instant.ts';

export interface ControlStoreUnderTest {
  readonly store: ControlStore;
  /** Writes an open alert as analysis would. */
  addAlert(alert: AlertToAdd): Promise<void>;
  /** Notes that the endpoint was seen as ingress would. */
  seen(endpoint: EndpointId, at: Instant): Promise<void>;
  dispose(): Promise<void>;
}

export type Behaviour = (sentence: string, run: (under: ControlStoreUnderTest) => Promise<void>) => void;

export function controlStoreContract(name: string, open: () => Promise<ControlStoreUnderTest>): void {
  const behaviour: Behaviour = (sentence, run) =>
    void test(`${name}: ${sentence}`, async () => {
      const under = await open();
      try {
        await run(under);
      } finally {
        await under.dispose();
      }
    });
  accountsContract(behaviour);
  endpointsContract(behaviour);
  alertsContract(behaviour);
}
