/** Words for people. */

import type { NetworkConnected } from '../events/event.ts';

/** With a capital at its start. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The command line, cut. */
export function commandLine(args: readonly string[], limit = 400): string {
  const text = args.join(' ');
  return text.length > limit ? `${text.slice(0, limit)}…` : text;
}

/** `www.example.com (192.0.2.7) port 443` */
export function destination({ remoteAddress, remotePort, domain }: NetworkConnected): string {
  return `${domain === '' ? remoteAddress : `${domain} (${remoteAddress})`} port ${remotePort}`;
}
