/** What the path of a control group says: which service of systemd a process belongs to, and which container. */

export interface Cgroup {
  /** `ssh.service`, `session-3.scope`; '' where there is none. */
  readonly unit: string;
  /** The container's id, 64 hex digits, or its name; '' where there is none. */
  readonly container: string;
}

/**
 * The first that fits a path says by its first group which container it is of: by its id those of Docker, containerd, CRI-O and
 * podman, under systemd (`docker-ID.scope`) or without it (`/docker/ID`, `/kubepods/…/ID`), by their names those of machinectl and LXC.
 * The event store searches by the same patterns, so they are such as RE2 knows.
 */
export const containerPatterns: readonly RegExp[] = [
  /(?:^|[-/:])([0-9a-f]{64})(?:\.scope)?(?:\/|$)/,
  /(?:^|\/)machine-([^/]+)\.scope(?:\/|$)/,
  /(?:^|\/)lxc(?:\.payload)?[./]([^/]+)(?:\/|$)/,
];

/** Its group is the innermost unit. */
export const unitPattern = /^(?:[^/]*\/)*([^/]+\.(?:service|scope|socket|mount))(?:\/|$)/;

export function cgroupOf(path: string): Cgroup {
  const container = containerPatterns.map(pattern => pattern.exec(path)?.[1]).find(Boolean) ?? '';
  return { unit: container === '' ? (unitPattern.exec(path)?.[1] ?? '') : '', container: unescaped(container) };
}

/** systemd writes `-` in a name as `\x2d`. */
const unescaped = (name: string): string => name.replaceAll('\\x2d', '-');
