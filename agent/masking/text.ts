/** Secrets that can be told from the text around them or from their own shape, wherever in an argument they stand. */

import { isSecretName } from './names.ts';

export const masked = '***';

/** Shapes of keys and tokens that their makers made to be found. */
const shapes = new RegExp(
  [
    'gh[pousr]_[A-Za-z0-9]{20,}',
    'github_pat_[A-Za-z0-9_]{20,}',
    'gl(?:pat|dt|rt|ptt)-[A-Za-z0-9_-]{16,}',
    'xox[abeoprs]-[A-Za-z0-9-]{10,}',
    'sk-[A-Za-z0-9_-]{16,}',
    '[rs]k_(?:live|test)_[A-Za-z0-9]{10,}',
    'AIza[A-Za-z0-9_-]{30,}',
    'ya29\\.[A-Za-z0-9_-]{20,}',
    'npm_[A-Za-z0-9]{30,}',
    'pypi-[A-Za-z0-9_-]{30,}',
    'hf_[A-Za-z0-9]{20,}',
    'dckr_pat_[A-Za-z0-9_-]{20,}',
    'hv[sbr]\\.[A-Za-z0-9_-]{20,}',
    'SG\\.[A-Za-z0-9_-]{16,}\\.[A-Za-z0-9_-]{16,}',
    'eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}(?:\\.[A-Za-z0-9_-]*)?',
    'AGE-SECRET-KEY-1[0-9A-Z]{20,}',
  ].join('|'),
  'g',
);
const privateKey = /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g;

/** `scheme://user:SECRET@`, also where the secret holds characters that it should not; a port is not a secret. */
const urlPassword = /([a-z][a-z0-9+.-]{0,20}:\/\/[^\s/?#:@'"]*:)(?!\d{1,5}(?:[/?#]|$))([^\s'"]+)@/gi;
/** `https://TOKEN@host`. */
const urlToken = /(https?:\/\/)([^\s/?#:@'"]{8,})@/gi;

const header =
  /((?:proxy-)?authorization|(?:set-)?cookie|x-[a-z-]{0,30}(?:key|token|secret|auth)[a-z-]{0,30})(["']?\s{0,3}[:=]\s{0,3}["']?)([^"'\r\n]+)/gi;
const bearer = /\b(bearer|basic)(\s{1,3})([A-Za-z0-9+/=._~-]{8,})/gi;
/**
 * What stands before a value: `name=`, `name: `, `"name": `. It is looked for backwards from each separator: forwards, a long text without
 * one would be tried from each of its characters, 50 ms of it in 32 KiB.
 */
const separator = /[:=]/g;
const nameBefore = /([A-Za-z0-9_.-]{1,64})["']?\s{0,3}$/;
const longestBefore = 64 + 1 + 3;
const spaces = /\s{0,3}/y;
const assignedValue = /"[^"]*(?:"|$)|'[^']*(?:'|$)|[^\s&;,"'}]+/y;

/** No secret can be in a text that has none of this. */
const suspicious = /[:=]|[A-Za-z0-9_.-]{14}|bearer|basic|PRIVATE KEY/i;

/** `extra`: patterns of the configuration; their first group, or else all that they match, is masked. */
export function maskText(text: string, extra: readonly RegExp[]): string {
  if (extra.length === 0 && !suspicious.test(text)) return text;
  let out = text.replace(privateKey, masked).replace(shapes, masked);
  if (out.includes('://')) out = out.replace(/[^\s'"]+/g, maskUrls);
  out = out.replace(header, `$1$2${masked}`).replace(bearer, `$1$2${masked}`);
  out = maskAssignments(out);
  for (const pattern of extra) out = out.replace(pattern, maskGroup);
  return out;
}

/**
 * What stands before the last `@`: without one at their end, the patterns would be tried from each of many beginnings to the
 * end. Whoever runs a program chooses its arguments, and the agent does nothing else meanwhile.
 */
function maskUrls(text: string): string {
  const end = text.lastIndexOf('@') + 1;
  if (end === 0) return text;
  const before = text.slice(0, end).replace(urlPassword, `$1${masked}@`).replace(urlToken, `$1${masked}@`);
  return before + text.slice(end);
}

/** A value may hold further assignments: what is no secret's is looked through from its start. */
function maskAssignments(text: string): string {
  let out = '';
  let done = 0;
  let from = 0;
  separator.lastIndex = 0;
  for (let found = separator.exec(text); found; found = separator.exec(text)) {
    const { index } = found;
    const name = nameBefore.exec(text.slice(Math.max(from, index - longestBefore), index))?.[1];
    if (name === undefined) continue;
    spaces.lastIndex = index + 1;
    spaces.test(text);
    const start = spaces.lastIndex;
    separator.lastIndex = from = start;
    if (!isSecretName(name)) continue;
    assignedValue.lastIndex = start;
    const value = assignedValue.exec(text)?.[0];
    if (value === undefined) continue;
    out += text.slice(done, start) + maskValue(value);
    done = start + value.length;
    separator.lastIndex = from = done;
  }
  return out + text.slice(done);
}

/** Quotes stay, so that the text still reads as what it is. */
function maskValue(value: string): string {
  const quote = value[0] === '"' || value[0] === "'" ? value[0] : '';
  return `${quote}${masked}${quote}`;
}

function maskGroup(match: string, ...rest: unknown[]): string {
  const group = typeof rest[0] === 'string' ? rest[0] : undefined;
  if (group === undefined) return masked;
  const at = match.indexOf(group);
  return group === '' ? match : `${match.slice(0, at)}${masked}${match.slice(at + group.length)}`;
}
