/**
 * Text from endpoints is an attacker's to choose: paths, arguments and names may hold line breaks, terminal sequences, invisible
 * characters, or marks that reverse what is read (Unicode TR 36, "Trojan Source"). Here each of them becomes something to see.
 */

export interface Segment {
  readonly text: string;
  /** The text stands for a character that could not be seen as it was. */
  readonly escaped: boolean;
}

// Controls, format marks, line and paragraph separators, private use, lone surrogates, unassigned, blanks other than the space,
// and three letters that are drawn as blanks.
const invisible =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\p{Cn}\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u115f\u1160\u3164\uffa0]/u;

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\0': '\\0' };

function spelled(character: string): string {
  const short = named[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`;
}

/** Splits text where escapes begin and end, so that the page can show an escape differently from the same letters typed out. */
export function segments(text: string): Segment[] {
  const result: Segment[] = [];
  let plain = '';
  for (const character of text) {
    if (!invisible.test(character)) {
      plain += character;
      continue;
    }
    if (plain !== '') result.push({ text: plain, escaped: false });
    plain = '';
    result.push({ text: spelled(character), escaped: true });
  }
  if (plain !== '') result.push({ text: plain, escaped: false });
  return result;
}

/** The same as one string, for titles and labels. */
export const visible = (text: string): string =>
  segments(text)
    .map(segment => segment.text)
    .join('');
