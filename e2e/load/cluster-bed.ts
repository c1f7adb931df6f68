/** A cluster of its own for a file of fault tests, and story hosts that know their way to it. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mountSmallDisk, type SmallDisk } from '../../agent/spool/small-disk.fixture.ts';
import type { Api } from '../harness/api.ts';
import {
  type ClusterPlace,
  newClusterPlace,
  type RunningCluster,
  removeClusterPlace,
  startCluster,
} from '../harness/cluster.ts';
import type { Dialect } from './dialect.ts';
import { type Faults, faultsOn } from './disturb.ts';
import { StoryFleet } from './fleet.ts';

export interface ClusterBed {
  readonly cluster: RunningCluster;
  readonly faults: Faults;
  readonly api: Api;
  /** Of the broker alone, where one was asked for; `undefined` too where this user may not mount one. */
  readonly brokerDisk: SmallDisk | undefined;
  /** Of the event store alone, likewise. */
  readonly storeDisk: SmallDisk | undefined;
  /** Hosts besides those of `faults`, which are compared with nothing; one to each partition. */
  hosts(name: string, dialect: Dialect): Promise<StoryFleet>;
  close(): Promise<void>;
}

/** Seconds after which a consumer that is silent has lost its partitions: half of the default, for every recovery waits for it. */
export const sessionSeconds = 15;

/** Two of each analysis. */
export const partitions = 4;

/** All hosts of a test have one address, and ask and send as often as a whole site: the edge is told so. */
const environment = {
  PICKET_EDGE_API_RATE: '5000',
  PICKET_EDGE_INGRESS_RATE: '20000',
  PICKET_KAFKA_SESSION_SECONDS: String(sessionSeconds),
  PICKET_KAFKA_PARTITIONS: String(partitions),
};

/** Sizes of disks of their own, in KiB. */
export async function openClusterBed(disks: { kafka?: number; clickhouse?: number } = {}): Promise<ClusterBed> {
  const place: ClusterPlace = await newClusterPlace();
  // Beside the cluster's data: what the hosts have in their spools is not the cluster's.
  const spools = mkdtempSync(join(tmpdir(), 'picket-e2e-fleet-'));
  const stack = new AsyncDisposableStack();
  stack.defer(() => {
    removeClusterPlace(place);
    rmSync(spools, { recursive: true, force: true });
  });
  try {
    const brokerDisk = disks.kafka === undefined ? undefined : mountDisk(place, 'kafka', disks.kafka);
    stack.defer(() => brokerDisk?.unmount());
    const storeDisk = disks.clickhouse === undefined ? undefined : mountDisk(place, 'clickhouse', disks.clickhouse);
    stack.defer(() => storeDisk?.unmount());
    const cluster = await startCluster(place, { environment });
    stack.defer(async () => void (await cluster.stop()));
    const api = await cluster.api('a long enough password');
    const receiver = {
      url: cluster.ingressUrl.replace(/[/]submit_logs$/, ''),
      ca: readFileSync(cluster.ca, 'utf8'),
    };
    const system = { receiver, partitions, api: () => api };
    const faults = faultsOn(system, spools);
    stack.defer(() => faults.close());
    const hosts = async (name: string, dialect: Dialect) => {
      const fleet = await StoryFleet.enrol(system, { name, folder: spools, dialect });
      stack.defer(() => fleet.close());
      return fleet;
    };
    return { cluster, faults, api, brokerDisk, storeDisk, hosts, close: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** Where that engine of the cluster keeps its data. */
function mountDisk({ data }: ClusterPlace, engine: 'kafka' | 'clickhouse', kibibytes: number): SmallDisk | undefined {
  const folder = join(data, engine);
  mkdirSync(folder, { mode: 0o700 });
  return mountSmallDisk(kibibytes, folder);
}
