/**
 * A command of the server to one agent, and its signature: `base64url(payload).base64url(signature)` in one line. The API signs, the
 * agent verifies; ingress and the database only carry the line. The payload is JSON; what is signed is that text as it is, headed
 * by `context`, so that no signature of another purpose is ever one of a command.
 */

import { type KeyObject, sign, verify } from 'node:crypto';

const context = 'picket command 1\n';
/** Characters; a path has 4,096 bytes at most. */
const longest = 12_000;

export type CommandAction =
  /** SIGKILL to this process and to no other that has its pid by then. */
  | { readonly kind: 'kill-process'; readonly execId: string }
  /** No network but the server, for so many minutes from when it takes effect; `null`: until it is released. */
  | { readonly kind: 'isolate'; readonly minutes: number | null }
  | { readonly kind: 'release' }
  /** Metadata and SHA-256 of a file; its content stays where it is. */
  | { readonly kind: 'collect-file'; readonly path: string };

export type CommandKind = CommandAction['kind'];

export interface Command {
  readonly id: string;
  /** Whom it is for. */
  readonly endpoint: string;
  /** Of two commands to an endpoint the later one has the greater serial; never below the millisecond at which it was issued. */
  readonly serial: number;
  /** Seconds since the Unix epoch. */
  readonly issued: number;
  readonly expires: number;
  readonly action: CommandAction;
}

export type CommandRead =
  | { readonly ok: true; readonly command: Command }
  /** `unsigned`: not by this key. `unreadable`: signed, but this agent does not understand it. */
  | { readonly ok: false; readonly reason: 'unsigned' | 'unreadable'; readonly detail: string };

export function signCommand(command: Command, key: KeyObject): string {
  const payload = Buffer.from(JSON.stringify(command));
  return `${payload.toString('base64url')}.${sign(null, signed(payload), key).toString('base64url')}`;
}

/** Never throws; says nothing about whom the command is for or whether its time has passed. */
export function readCommand(line: string, key: KeyObject): CommandRead {
  const match = line.length <= longest ? /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{86})$/.exec(line) : null;
  if (!match) return { ok: false, reason: 'unsigned', detail: 'this is no signed command' };
  const payload = Buffer.from(match[1]!, 'base64url');
  const isSigned =
    key.asymmetricKeyType === 'ed25519' && verify(null, signed(payload), key, Buffer.from(match[2]!, 'base64url'));
  if (!isSigned)
    return { ok: false, reason: 'unsigned', detail: 'the signature is not one of the server’s command key' };
  const command = parse(payload.toString());
  return command
    ? { ok: true, command }
    : { ok: false, reason: 'unreadable', detail: 'this agent does not know such a command' };
}

const signed = (payload: Uint8Array): Buffer => Buffer.concat([Buffer.from(context), payload]);

function parse(text: string): Command | undefined {
  let value: Partial<Record<keyof Command, unknown>>;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, endpoint, serial, issued, expires, action } = value;
  const names = [id, endpoint].every(each => typeof each === 'string');
  const numbers = [serial, issued, expires].every(each => Number.isSafeInteger(each));
  const what = parseAction(action);
  if (!names || !numbers || !what) return undefined;
  return { ...(value as unknown as Command), action: what };
}

function parseAction(value: unknown): CommandAction | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { kind, execId, minutes, path } = value as Record<string, unknown>;
  switch (kind) {
    case 'kill-process':
      return typeof execId === 'string' ? { kind, execId } : undefined;
    case 'isolate':
      return minutes === null || (Number.isSafeInteger(minutes) && (minutes as number) > 0)
        ? { kind, minutes: minutes as number | null }
        : undefined;
    case 'release':
      return { kind };
    case 'collect-file':
      return typeof path === 'string' ? { kind, path } : undefined;
    default:
      return undefined;
  }
}
