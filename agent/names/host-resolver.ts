/**
 * Which processes ask for names for all others on this host. What such a one learned names the connections of others, so that nobody
 * is to pass for one: a name alone is anybody's, and in a mount namespace of one's own /usr holds what one likes.
 */

import type { ProcessImage } from '../processes/image.ts';

/** Programs, and the units that they run as. */
const units: Readonly<Record<string, RegExp>> = {
  'systemd-resolved': /^systemd-resolved$/,
  nscd: /^nscd$/,
  unscd: /^unscd$/,
  dnsmasq: /^dnsmasq$/,
  unbound: /^unbound$/,
  named: /^(?:named|bind9)$/,
  pdns_recursor: /^pdns-recursor$/,
  kresd: /^(?:kresd|knot-resolver)$/,
  stubby: /^stubby$/,
  'dnscrypt-proxy': /^dnscrypt-proxy$/,
  sssd_be: /^sssd$/,
  NetworkManager: /^NetworkManager$/,
  connmand: /^connman$/,
  coredns: /^coredns$/,
};

/** Folders that only root writes to. */
const ofSystem = /^\/(?:usr|bin|sbin|lib|lib64)\//;
const unitName = /^\/system\.slice\/(?:[^/]+\.slice\/)*([^/@]+)(?:@[^/]*)?\.service$/;

/**
 * By its program's place in the host's own mount namespace; a unit that systemd gives a mount namespace of its own (PrivateTmp) is
 * known by the cgroup that only systemd puts it in. `hostNamespace`: 0 where it is not known.
 */
export function resolvesForAll(
  { exe, mountNamespace, cgroup }: Pick<ProcessImage, 'exe' | 'mountNamespace' | 'cgroup'>,
  hostNamespace: number,
): boolean {
  const name = exe.slice(exe.lastIndexOf('/') + 1);
  const unit = Object.hasOwn(units, name) ? units[name]! : undefined;
  if (!unit || !ofSystem.test(exe)) return false;
  return (hostNamespace !== 0 && mountNamespace === hostNamespace) || unit.test(unitName.exec(cgroup)?.[1] ?? '');
}
