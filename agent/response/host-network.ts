/** This host's network, as far as a response takes it away and gives it back. The kernel programs are native/bpf/isolation.bpf.c. */

import { lookup } from 'node:dns/promises';
import { mkdirSync, readFileSync, readlinkSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { bootMicros, isolate, type Isolation as KernelIsolation, releasePinned } from '@picket/native';
import type { KeptIsolation } from './state.ts';

/** Where the isolation takes hold; a test takes a cgroup that is not all of the machine. */
export interface NetworkPlaces {
  readonly cgroup: string;
  readonly pins: string;
}

export class HostNetwork {
  readonly #api: URL;
  readonly #places: () => NetworkPlaces;
  #kernel: KernelIsolation | undefined;

  /** `places` is asked when there is something to isolate; it may throw. */
  constructor(api: URL, places: () => NetworkPlaces) {
    this.#api = api;
    this.#places = places;
  }

  /** The server's addresses. Rejects where its name has none: isolated, nobody could release this host. */
  async serverAddresses(): Promise<readonly string[]> {
    const host = this.#api.hostname.replace(/^\[(.*)\]$/, '$1');
    if (isIP(host)) return [host];
    return (await lookup(host, { all: true })).map(({ address }) => address);
  }

  /** Takes the place of what is in force. Gives why it would end with this process; '' where it would not. Throws with the reason. */
  isolate({ addresses, untilMicros }: Pick<KeptIsolation, 'addresses' | 'untilMicros'>): string {
    const { cgroup, pins } = this.#places();
    let why = '';
    try {
      mkdirSync(pins, { recursive: true, mode: 0o700 });
    } catch (error) {
      why = (error as Error).message;
    }
    const before = this.#kernel;
    this.#kernel = isolate({
      ...{ cgroup, pins, addresses },
      port: Number(this.#api.port || (this.#api.protocol === 'https:' ? 443 : 80)),
      untilBootMicros: untilMicros === null ? undefined : untilMicros - bootMicros(),
    });
    // Its pins are the new one's by now.
    before?.close();
    return why || this.#kernel.fleeting();
  }

  /** False where somebody took it away. */
  get intact(): boolean {
    return this.#kernel?.intact() ?? false;
  }

  /** Also what an earlier process left. */
  release(): void {
    this.#kernel?.release();
    this.#kernel = undefined;
    releasePinned(this.#places().pins);
  }
}

/** All of this host. Throws where it cannot be isolated from here. */
export function hostPlaces(endpoint: string): NetworkPlaces {
  if (namespaceOf('self') !== namespaceOf('1')) {
    throw new Error('the agent runs in a cgroup namespace and sees a part of the host only; run it on the host itself');
  }
  return {
    cgroup: cgroupRoot(readFileSync('/proc/self/mountinfo', 'utf8')),
    pins: join('/sys/fs/bpf/picket', endpoint),
  };
}

function namespaceOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/cgroup`);
  } catch {
    return '';
  }
}

/** Where the hierarchy of version 2 is mounted, beside those of version 1 or alone. */
export function cgroupRoot(mountInfo: string): string {
  for (const line of mountInfo.split('\n')) {
    const [place = '', kind = ''] = line.split(' - ');
    if (kind.startsWith('cgroup2 ')) return place.split(' ')[4]!.replaceAll('\\040', ' ');
  }
  throw new Error('no cgroup hierarchy of version 2 is mounted; a host is isolated through it');
}
