/** What the path of a control group says: which service of systemd a process belongs to, and which container. */

export interface Cgroup {
  /** `ssh.service`, `session-3.scope`; '' where there is none. */
  readonly unit: string;
  /** The container's id, 64 hex digits, or its name; '' where there is none. */
  readonly container: string;
}

/** Docker, containerd, CRI-O and podman, under systemd (`docker-ID.scope`) or without it (`/docker/ID`, `/kubepods/…/ID`). */
const containerId = /(?:^|[-/:])([0-9a-f]{64})(?:\.scope)?(?:\/|$)/;
/** machinectl and LXC know containers by name. */
const containerName = /(?:^|\/)(?:machine-(.+)\.scope|lxc(?:\.payload)?[./]([^/]+))(?:\/|$)/;

export function cgroupOf(path: string): Cgroup {
  const container = containerId.exec(path)?.[1] ?? containerName.exec(path)?.slice(1).find(Boolean) ?? '';
  const units = path.split('/').filter(part => /\.(?:service|scope|socket|mount)$/.test(part));
  return { unit: container === '' ? (units.at(-1) ?? '') : '', container: unescaped(container) };
}

/** systemd writes `-` in a name as `\x2d`. */
const unescaped = (name: string): string =>
  name.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
