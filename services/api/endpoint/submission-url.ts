/** Where agents submit, if nobody said. */

import { isIPv6 } from 'node:net';
import type { ApiConfig } from '../config.ts';

/** What the operator configured, else the host that the client asked for. */
export const usualSubmissionUrl = (
  origin: string,
  { publicIngressUrl, ingressPort }: Pick<ApiConfig, 'publicIngressUrl' | 'ingressPort'>,
): string =>
  publicIngressUrl === undefined ? submissionUrlFor(origin, ingressPort) : withSubmissionPath(publicIngressUrl);

/**
 * The host that the client asked for, at the port of ingress.
 * @param origin `scheme://host[:port]` as the client sent it: input like any other
 */
export function submissionUrlFor(origin: string, ingressPort: number): string {
  const host = URL.parse(origin)?.hostname ?? '';
  const name = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i.test(host);
  const literal = isIPv6(host.replace(/^\[(.*)\]$/, '$1'));
  return `http://${name || literal ? host : 'localhost'}:${ingressPort}/submit_logs`;
}

/** What an operator configured: the path may be left out. */
export function withSubmissionPath(configured: string): string {
  const url = new URL(configured);
  return url.pathname === '/' ? new URL('/submit_logs', url).href : url.href;
}
