/**
 * The configuration file's text, strictly: `name=value` lines, `#` comment lines, blank lines. Every error is found in one
 * go, each with its line. Values of `key` never appear in a message.
 */

import { type Config, isOption, isRequired, type OptionName, options } from './options.ts';
import { shown } from './values.ts';

export interface ConfigError {
  /** From 1; 0 where the error is of the file as a whole. */
  readonly line: number;
  readonly message: string;
}

export interface Parsed {
  /** Complete only when there are no errors. */
  readonly config: Config;
  readonly errors: readonly ConfigError[];
  /** The line that set an option. */
  readonly lines: Readonly<Partial<Record<OptionName, number>>>;
}

export function parseConfig(text: string): Parsed {
  const errors: ConfigError[] = [];
  const values: Partial<Record<OptionName, unknown>> = {};
  const lines: Partial<Record<OptionName, number>> = {};
  const rows = text.split('\n');
  reportLineEnds(rows, errors);
  if (text.startsWith('\ufeff')) {
    errors.push({ line: 1, message: 'plain UTF-8 expected, a byte order mark found; save the file without it' });
    rows[0] = rows[0]!.slice(1);
  }
  for (const [index, row] of rows.entries()) {
    const line = index + 1;
    const assigned = readLine(row.replace(/\r$/, ''), line, errors);
    if (!assigned) {
      const meant = row.split('=', 1)[0]!.trim();
      if (isOption(meant)) lines[meant] ??= line;
      continue;
    }
    const { name, value } = assigned;
    const option = options[name];
    if (lines[name] !== undefined && !option.many) {
      errors.push({ line, message: `${name} once expected, found again (first on line ${lines[name]})` });
      continue;
    }
    lines[name] ??= line;
    const read = value === '' ? { ok: false as const, expected: 'a value', found: 'nothing' } : option.read(value);
    if (!read.ok) errors.push({ line, message: `${name}: ${read.expected} expected, ${read.found} found` });
    else values[name] = option.many ? [...((values[name] as unknown[]) ?? []), read.value] : read.value;
  }
  for (const name of Object.keys(options) as OptionName[]) {
    if (lines[name] !== undefined) continue;
    if (isRequired(name)) errors.push({ line: 0, message: `${name} is missing: ${options[name].about}` });
    else values[name] = options[name].default;
  }
  const config = values as Config;
  if (config.batch_size > config.buffer_size) {
    const message = `batch_size: at most buffer_size (${config.buffer_size}) expected, ${config.batch_size} found`;
    errors.push({ line: lines.batch_size!, message });
  }
  return { config, errors: errors.toSorted((a, b) => (a.line || Infinity) - (b.line || Infinity)), lines };
}

/** A file saved on Windows has one mistake, not one on each line. */
function reportLineEnds(rows: readonly string[], errors: ConfigError[]): void {
  const first = rows.findIndex(row => row.endsWith('\r'));
  if (first < 0) return;
  const count = rows.filter(row => row.endsWith('\r')).length;
  const message = `lines that end in LF expected, CR LF found on ${count} lines; convert the file with: sed -i 's/\\r$//' FILE`;
  errors.push({ line: first + 1, message });
}

function readLine(row: string, line: number, errors: ConfigError[]): { name: OptionName; value: string } | undefined {
  if (row === '' || row.startsWith('#')) return undefined;
  const fail = (message: string) => {
    errors.push({ line, message });
    return undefined;
  };
  if (row.trim() === '') return fail('an empty line expected, spaces found');
  const equals = row.indexOf('=');
  const name = row.slice(0, Math.max(equals, 0));
  if (equals < 0) return fail('name=value or # comment expected, no "=" found');
  const called = nameShown(name.trim());
  if (/^\s/.test(row)) return fail(`${called}: no space before the name expected`);
  const value = row.slice(equals + 1);
  if (name !== name.trimEnd() || (value !== value.trimStart() && value.trim() !== '')) {
    return fail(`${called}: no space around "=" expected, found ${spaces(name, value)}`);
  }
  if (value !== value.trimEnd()) return fail(`${called}: no space after the value expected`);
  if (value.includes('\ufffd')) return fail(`${called}: UTF-8 text expected, other bytes found`);
  if (!isOption(name)) return fail(`unknown option: ${called}${suggestion(name)}`);
  return { name, value };
}

const spaces = (name: string, value: string): string =>
  [name !== name.trimEnd() && 'one before it', value !== value.trimStart() && 'one after it']
    .filter(Boolean)
    .join(' and ');

/** A name as a message may show it: not `key` with half of its value, nor the second half of a key that an editor wrapped. */
function nameShown(name: string): string {
  const isPlain = /^(?!key)[a-z]+([_-][a-z]+)*$/.test(name) && name.length <= 24;
  return isPlain || isOption(name) ? shown(name) : 'a name that is not shown (it may be a piece of the key)';
}

/** The option that is written almost like `name`: other case, or `-` for `_`, or one letter more, less or other. */
function suggestion(name: string): string {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z]/g, '');
  const near = Object.keys(options).find(option => withinOneEdit(plain(option), plain(name)));
  return near ? `; did you mean ${near}?` : `; known are ${Object.keys(options).join(', ')}`;
}

function withinOneEdit(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  return Math.max(a.length, b.length) - start - end <= 1;
}
