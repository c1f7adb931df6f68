/** A cluster of its own for a file of fault tests, and story hosts that know their way to it. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Api } from '../harness/api.ts';
import {
  type ClusterPlace,
  newClusterPlace,
  type RunningCluster,
  removeClusterPlace,
  startCluster,
} from '../harness/cluster.ts';
import { type Faults, faultsOn } from './disturb.ts';

export interface ClusterBed {
  readonly cluster: RunningCluster;
  readonly faults: Faults;
  readonly api: Api;
  close(): Promise<void>;
}

/** Seconds after which a consumer that is silent has lost its partitions: half of the default, for every recovery waits for it. */
export const sessionSeconds = 15;

/** Two of each analysis. */
const partitions = 4;

/** All hosts of a test have one address, and ask and send as often as a whole site: the edge is told so. */
const environment = {
  PICKET_EDGE_API_RATE: '5000',
  PICKET_EDGE_INGRESS_RATE: '20000',
  PICKET_KAFKA_SESSION_SECONDS: String(sessionSeconds),
  PICKET_KAFKA_PARTITIONS: String(partitions),
};

export async function openClusterBed(): Promise<ClusterBed> {
  const place: ClusterPlace = await newClusterPlace();
  // Beside the cluster's data: what the hosts have in their spools is not the cluster's.
  const spools = mkdtempSync(join(tmpdir(), 'picket-e2e-fleet-'));
  const stack = new AsyncDisposableStack();
  stack.defer(() => {
    removeClusterPlace(place);
    rmSync(spools, { recursive: true, force: true });
  });
  try {
    const cluster = await startCluster(place, { environment });
    stack.defer(async () => void (await cluster.stop()));
    const api = await cluster.api('a long enough password');
    const receiver = {
      url: cluster.ingressUrl.replace(/[/]submit_logs$/, ''),
      ca: readFileSync(cluster.ca, 'utf8'),
    };
    const faults = faultsOn({ receiver, partitions, api: () => api }, spools);
    stack.defer(() => faults.close());
    return { cluster, faults, api, close: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}
