/**
 * Bytes of an event in an answer: paths and arguments need not be UTF-8, JSON must be. A column is selected as
 * `'=' || text` where it is valid UTF-8 and as `'#' || hex` where it is not; the row's schema makes text of both.
 */

import { z } from 'zod';
import { printable } from '../../domain/events/text.ts';

/** The SQL that selects `column`, under its own name. */
export const printableColumn = (column: string): string =>
  `if(isValidUTF8(${column}), concat('=', ${column}), concat('#', hex(${column}))) AS ${column}_text`;

/** Text as it was, invalid bytes as `\xNN`. */
export const printableText = z
  .string()
  .transform(tagged => (tagged.startsWith('=') ? tagged.slice(1) : printable(Buffer.from(tagged.slice(1), 'hex'))));

/** What a person typed, with `\xNN` for bytes that are not text, as hex for `unhex({…:String})`: no byte can be lost on the way. */
export function hexOfTyped(text: string): string {
  return text
    .split(/(\\x[89a-f][0-9a-f])/i)
    .map(part => (/^\\x[89a-f][0-9a-f]$/i.test(part) ? part.slice(2) : Buffer.from(part).toString('hex')))
    .join('');
}

/** The pattern for LIKE: `*` is any characters, everything else stands for itself. */
export function hexOfPattern(text: string): string {
  // A backslash before xNN is not LIKE's: hexOfTyped reads it first.
  return text
    .split(/(\\x[89a-f][0-9a-f])/i)
    .map((part, i) => hexOfTyped(i % 2 === 1 ? part : part.replace(/[\\%_]/g, '\\$&').replaceAll('*', '%')))
    .join('');
}
