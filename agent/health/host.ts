/** What the heartbeat and the spool need to know of this host. */

import { readFileSync } from 'node:fs';
import { arch, hostname, release } from 'node:os';

export interface Host {
  readonly hostname: string;
  /** As the distribution calls itself: `Debian GNU/Linux 12 (bookworm)`. */
  readonly os: string;
  readonly kernel: string;
  readonly architecture: string;
  /** Kernel boot id, 32 hex digits. */
  readonly boot: string;
}

export function thisHost(): Host {
  return { hostname: hostname(), os: osName(), kernel: release(), architecture: arch(), boot: bootId() };
}

/** Throws where /proc is not mounted: without it no agent can work. */
function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().replaceAll('-', '');
}

function osName(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'Linux';
  } catch {
    return 'Linux';
  }
}
