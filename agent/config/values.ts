/**
 * Readers of single values in the configuration file. Each says what it expects and, where the value is no secret, what it
 * found; the parser adds line and option name.
 */

import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';

export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly expected: string; readonly found: string };

const ok = <T>(value: T): Read<T> => ({ ok: true, value });
const wrong = (expected: string, found: string): Read<never> => ({ ok: false, expected, found });

/** What an error message shows of a value: cut, and without what a terminal would obey. */
export const shown = (value: string): string =>
  JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value).replace(/[\u007f-\u009f]/g, '?');

export function wholeNumber(minimum: number, maximum: number) {
  const expected = `a whole number from ${minimum} to ${maximum}`;
  return (value: string): Read<number> => {
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    return number >= minimum && number <= maximum ? ok(number) : wrong(expected, shown(value));
  };
}

const units: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** Bytes, with K, M or G for powers of 1,024. */
export function size(minimum: number, maximum: number) {
  const expected = `a size in bytes from ${sizeText(minimum)} to ${sizeText(maximum)}, for example 512M`;
  return (value: string): Read<number> => {
    const match = /^(\d{1,13})([KMG]?)$/.exec(value);
    const bytes = match ? Number(match[1]) * units[match[2]!]! : Number.NaN;
    return bytes >= minimum && bytes <= maximum ? ok(bytes) : wrong(expected, shown(value));
  };
}

const sizeText = (bytes: number) => (bytes >= 2 ** 30 ? `${bytes / 2 ** 30}G` : `${bytes / 2 ** 20}M`);

export function oneOf<const T extends string>(...allowed: readonly T[]) {
  return (value: string): Read<T> => {
    const found = allowed.find(candidate => candidate === value);
    return found === undefined ? wrong(allowed.join(', ').replace(/, ([^,]*)$/, ' or $1'), shown(value)) : ok(found);
  };
}

export const flag = (value: string): Read<boolean> => {
  const read = oneOf('on', 'off')(value);
  return read.ok ? ok(read.value === 'on') : read;
};

/** Where the certificates of an authority come from. */
export type Authority = { readonly file: string } | { readonly certificate: X509Certificate };

/** The path of a file, which is not read here, or one certificate (RFC 5280) as base64 of its DER: that never begins with "/". */
export function authority(value: string): Read<Authority> {
  const expected = 'the absolute path of a file in PEM, or one certificate as base64 of its DER, in one line,';
  if (value.startsWith('/')) return value.includes('\0') ? wrong(expected, shown(value)) : ok({ file: value });
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(value)) return wrong(expected, shown(value));
  try {
    return ok({ certificate: new X509Certificate(Buffer.from(value, 'base64')) });
  } catch {
    return wrong(expected, `base64 that is no certificate: ${shown(value)}`);
  }
}

/** A folder for the agent's own files. Its status socket lies there, whose path may have 107 bytes; /proc and /sys hold no files. */
export function ownFolder(value: string): Read<string> {
  const fits = value.startsWith('/') && Buffer.byteLength(value) <= 90 && !/\0|^\/(proc|sys|dev)(\/|$)/.test(value);
  return fits
    ? ok(value)
    : wrong('an absolute path of at most 90 bytes, outside of /proc, /sys and /dev', shown(value));
}

/** A text for people: 1 to 120 characters, none of them a control character. */
export function label(value: string): Read<string> {
  return value.length <= 120 && !/\p{Cc}/u.test(value)
    ? ok(value)
    : wrong('1 to 120 printable characters', `${value.length} characters: ${shown(value)}`);
}

export function uuid(value: string): Read<string> {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value)
    ? ok(value)
    : wrong('the endpoint id, a UUID in lower case', shown(value));
}

/** Where submissions go. Neither credentials nor a query: they would end up in logs. */
export function submissionUrl(value: string): Read<URL> {
  const expected = 'http[s]://SERVER:PORT/submit_logs';
  const url = URL.parse(value);
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) return wrong(expected, shown(value));
  if (url.username || url.password) return wrong(expected, 'a URL with a user name or password in it');
  if (url.search || url.hash) return wrong(expected, 'a URL with a query or fragment');
  return url.pathname.endsWith('/submit_logs') ? ok(url) : wrong(expected, shown(value));
}

/** PKCS #8 header of an Ed25519 private key (RFC 8410); the 32 bytes of the seed follow. */
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The endpoint's private seed. What was found is never shown. */
export function ed25519Seed(value: string): Read<KeyObject> {
  const expected = 'the 43 characters (A–Z a–z 0–9 - _) of the key that "Add endpoint" made';
  if (!/^[A-Za-z0-9_-]{43}=?$/.test(value)) {
    const why = /[^A-Za-z0-9_=-]/.test(value) ? ', some of which a key cannot have' : '';
    return wrong(expected, `${value.length} characters${why}`);
  }
  const key = Buffer.concat([pkcs8, Buffer.from(value, 'base64url')]);
  return ok(createPrivateKey({ key, format: 'der', type: 'pkcs8' }));
}

/** SPKI header of an Ed25519 public key (RFC 8410); its 32 bytes follow. */
const spki = Buffer.from('302a300506032b6570032100', 'hex');

/** A public key of the server, and as it stands in the file. */
export interface ServerKey {
  readonly text: string;
  readonly key: KeyObject;
}

export function ed25519PublicKey(value: string): Read<ServerKey> {
  const expected =
    'the 43 characters (A–Z a–z 0–9 - _) of the server’s public key for commands, as the downloaded configuration has it';
  if (!/^[A-Za-z0-9_-]{43}$/.test(value)) return wrong(expected, shown(value));
  const key = Buffer.concat([spki, Buffer.from(value, 'base64url')]);
  return ok({ text: value, key: createPublicKey({ key, format: 'der', type: 'spki' }) });
}

/** A regular expression with the flag `u`; its first group, or all of the match, is what gets masked. */
export function pattern(value: string): Read<RegExp> {
  if (value.length > 500) return wrong('a regular expression of at most 500 characters', `${value.length} characters`);
  try {
    const regex = new RegExp(value, 'gud');
    return regex.test('') ? wrong('a regular expression that does not match the empty text', shown(value)) : ok(regex);
  } catch (error) {
    return wrong('a regular expression', `${shown(value)} (${(error as Error).message})`);
  }
}
