/** Reads the configuration file: what needs the disk, around the pure parser. */

import { X509Certificate } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import type { Config } from './options.ts';
import { type ConfigError, parseConfig } from './parse.ts';
import type { Authority } from './values.ts';

export const defaultConfigFile = '/etc/monitoringAgent.conf';

/** Far above what any option needs; a file beyond it is not a configuration. */
const largestFile = 64 * 1024;
const largestCaFile = 4 * 1024 * 1024;

export interface LoadedConfig {
  readonly config: Config;
  /** Certificates of `ca` in PEM. */
  readonly ca: string | undefined;
}

export type Loaded =
  | ({ readonly ok: true; readonly warnings: readonly string[] } & LoadedConfig)
  | { readonly ok: false; readonly errors: readonly ConfigError[] };

/** Never throws: whatever is wrong with the file is an error in the list. */
export function loadConfig(file: string): Loaded {
  const read = readBounded(file, largestFile);
  if (!read.ok) return { ok: false, errors: [{ line: 0, message: read.why }] };
  const { config, errors, lines } = parseConfig(read.text);
  const all = [...errors];
  const authorities = config.ca === undefined ? undefined : readAuthorities(config.ca);
  if (authorities?.ok === false) all.push({ line: lines.ca ?? 0, message: `ca: ${authorities.why}` });
  if (all.length > 0 || authorities?.ok === false) return { ok: false, errors: all };
  const certificates = authorities?.certificates ?? [];
  return {
    ok: true,
    config,
    ca: authorities && certificates.map(String).join(''),
    warnings: [...warningsOf(file, config), ...certificates.flatMap(certificate => certificateWarnings(certificate))],
  };
}

/** The errors as a person reads them: `FILE:LINE: message`. */
export function describeErrors(file: string, errors: readonly ConfigError[]): string[] {
  return errors.map(({ line, message }) => (line > 0 ? `${file}:${line}: ${message}` : `${file}: ${message}`));
}

type ReadText = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

/** Reads at most `limit` bytes, so that neither a huge file nor a device fills the memory. */
function readBounded(file: string, limit: number): ReadText {
  let handle: number | undefined;
  try {
    handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(handle);
    if (!stat.isFile()) return { ok: false, why: 'a regular file expected, found something else' };
    if (stat.size > limit) {
      return { ok: false, why: `a file of at most ${limit} bytes expected, ${stat.size} bytes found` };
    }
    const bytes = Buffer.alloc(stat.size);
    return { ok: true, text: bytes.toString('utf8', 0, readSync(handle, bytes, 0, stat.size, 0)) };
  } catch (error) {
    return { ok: false, why: reason(error as NodeJS.ErrnoException) };
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

function reason(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') {
    return 'no such file; add this endpoint in the dashboard and save its configuration here, or name another file with --config';
  }
  if (error.code === 'EACCES') return 'this user may not read it; run as root';
  return error.message;
}

type Authorities =
  | { readonly ok: true; readonly certificates: readonly X509Certificate[] }
  | { readonly ok: false; readonly why: string };

function readAuthorities(given: Authority): Authorities {
  if ('certificate' in given) return { ok: true, certificates: [given.certificate] };
  const read = readBounded(given.file, largestCaFile);
  if (!read.ok) return { ok: false, why: `${given.file}: ${read.why}` };
  const blocks = read.text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    if (blocks.length === 0) throw new Error('none found');
    return { ok: true, certificates: blocks.map(block => new X509Certificate(block)) };
  } catch (error) {
    return { ok: false, why: `${given.file}: certificates in PEM expected, ${(error as Error).message}` };
  }
}

/** The agent starts all the same: it keeps what it sees until somebody has mended this. */
function certificateWarnings({ subject, validFromDate, validToDate, ca, issuer }: X509Certificate): string[] {
  const name = subject.replaceAll('\n', ', ');
  const now = new Date();
  if (validToDate < now)
    return [
      `ca: the certificate of ${name} expired on ${validToDate.toISOString()}: no server is trusted by it; download the endpoint's configuration again`,
    ];
  if (validFromDate > now)
    return [
      `ca: the certificate of ${name} is valid only from ${validFromDate.toISOString()}: is this host's clock right?`,
    ];
  if (!ca && issuer !== subject)
    return [
      `ca: the certificate of ${name} is not that of an authority: no server is trusted by it; give the one of ${issuer.replaceAll('\n', ', ')}`,
    ];
  return [];
}

function warningsOf(file: string, config: Config): string[] {
  const warnings: string[] = [];
  const { mode } = statSync(file, { throwIfNoEntry: false }) ?? { mode: 0 };
  if ((mode & 0o077) !== 0) {
    const octal = (mode & 0o777).toString(8).padStart(4, '0');
    warnings.push(`others than its owner may read the private key in ${file} (mode ${octal}); run: chmod 600 ${file}`);
  }
  if (config.ca !== undefined && config.api.protocol === 'http:') {
    warnings.push('ca has no effect: api is a http address');
  }
  return warnings;
}
