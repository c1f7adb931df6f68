/**
 * Secrets in the arguments of programs are masked before anything is kept or leaves the host. Three ways to know one: the
 * name of the option or variable before it, the program it is given to, and its own shape. Too much masked costs a detail
 * of an alert; too little puts a password into a database.
 */

import type { ByteString } from '../sensor/event.ts';
import { isSecretName } from './names.ts';
import { type ProgramRule, programRule } from './programs.ts';
import { masked, maskText } from './text.ts';

/** Words of a command line that stands in one argument (`sh -c "…"`), and the space between them. */
const shellWords = /(?:[^\s"']|"[^"]*(?:"|$)|'[^']*(?:'|$))+|\s+/g;
const option = /^(-{1,2}[A-Za-z0-9_.-]{1,64})$/;
const assigned = /^(-{0,2}[A-Za-z0-9_.-]{1,64}=)(?=.)/;

/** `extra`: patterns of the configuration. Gives a function from arguments, each ended by NUL, to the same with secrets masked. */
export function makeMask(extra: readonly RegExp[] = []): (args: ByteString) => ByteString {
  return args => (args === '' ? '' : maskWords(args.split('\0'), extra, false).join('\0'));
}

function maskWords(words: readonly string[], extra: readonly RegExp[], isShell: boolean): string[] {
  let rule: ProgramRule | undefined;
  let isNextSecret = false;
  let isNextLogin = false;
  let isBehind = false;
  const out = words.map((word, i) => {
    if (word === '' || /^\s+$/.test(word)) return word;
    if (isNextSecret && !option.test(word)) {
      isNextSecret = false;
      return masked;
    }
    if (isNextLogin && rule?.login) {
      isNextLogin = false;
      return maskLogin(word, rule.login.mark, extra);
    }
    const started = programRule(unquoted(word));
    if (started) {
      rule = started;
      isBehind = started.behind === undefined;
      return word;
    }
    if (rule && word === rule.behind) isBehind = true;
    isNextSecret = (option.test(word) && isSecretName(word)) || (isBehind && rule?.next?.includes(word) === true);
    isNextLogin = rule?.login?.options.includes(word) === true;
    if (isNextSecret || isNextLogin) return word;
    const byProgram = rule && isBehind ? maskAttached(word, rule, extra) : undefined;
    return byProgram ?? maskWord(word, extra, isShell || isShellCommand(words[i - 1]));
  });
  if (rule?.lastWith && words.some(word => rule?.lastWith?.test(word))) maskLast(out);
  return out;
}

/** `-pSECRET`, `-uuser:SECRET`, `--user=user:SECRET`; undefined where the word is none of them. */
function maskAttached(word: string, rule: ProgramRule, extra: readonly RegExp[]): string | undefined {
  const attached = rule.attached?.find(prefix => word.startsWith(prefix) && word.length > prefix.length);
  if (attached !== undefined) return `${attached}${masked}`;
  const login = rule.login?.options.find(prefix => word.startsWith(prefix) && word.length > prefix.length);
  return login === undefined ? undefined : `${login}${maskLogin(word.slice(login.length), rule.login!.mark, extra)}`;
}

function maskLogin(word: string, mark: string, extra: readonly RegExp[]): string {
  const at = word.indexOf(mark);
  return at < 0 ? maskText(word, extra) : `${word.slice(0, at + 1)}${masked}`;
}

function maskWord(word: string, extra: readonly RegExp[], isShell: boolean): string {
  const name = isShell ? undefined : assigned.exec(word)?.[1];
  // The rest of the argument is the value, with whatever spaces it has.
  if (name !== undefined && isSecretName(name.slice(0, -1))) return `${name}${masked}`;
  const text = maskText(word, extra);
  const parts = text.match(shellWords);
  return parts && parts.length > 1 ? maskWords(parts, extra, true).join('') : text;
}

/** `sh -c`, `bash -lc`, `su -c`: the next argument is a command line. */
const isShellCommand = (word: string | undefined): boolean => word !== undefined && /^-[a-z]*c$/.test(word);

const unquoted = (word: string): string => word.replace(/^["']|["']$/g, '');

function maskLast(words: string[]): void {
  const last = words.findLastIndex(word => word.trim() !== '');
  if (last > 0) words[last] = masked;
}
