/** Whether a command is to be obeyed: signed by the server that this agent trusts, for this endpoint, now, and not yet. */

import type { KeyObject } from 'node:crypto';
import { type Command, readCommand } from '@picket/proto';

export interface Circumstances {
  readonly key: KeyObject;
  readonly endpoint: string;
  /** The greatest serial met so far. */
  readonly serial: number;
  readonly nowSeconds: number;
}

export type Judgement =
  | { readonly kind: 'obey'; readonly command: Command }
  /** It was for this endpoint, and is too late: that is no attack. */
  | { readonly kind: 'late'; readonly command: Command; readonly why: string }
  /** Of the server, and met before: delivered again, or played again. */
  | { readonly kind: 'again'; readonly command: Command; readonly why: string }
  | { readonly kind: 'refuse'; readonly why: string };

/** A host's clock may be a little behind the server's. */
const slackSeconds = 300;

export function judge(line: string, { key, endpoint, serial, nowSeconds }: Circumstances): Judgement {
  const read = readCommand(line, key);
  if (!read.ok) return { kind: 'refuse', why: `A command was not obeyed: ${read.detail}` };
  const { command } = read;
  const { id, action } = command;
  const named = `Command ${id} (${action.kind}, serial ${command.serial})`;
  if (command.endpoint !== endpoint)
    return { kind: 'refuse', why: `${named} was not obeyed: it is for endpoint ${command.endpoint}` };
  if (command.serial <= serial)
    return {
      kind: 'again',
      command,
      why: `${named} was not obeyed: serial ${serial} was met before, this is a replay`,
    };
  if (nowSeconds >= command.expires)
    return { kind: 'late', command, why: `it expired ${nowSeconds - command.expires} s before this host got it` };
  if (command.issued > nowSeconds + slackSeconds)
    return {
      kind: 'late',
      command,
      why: `it was issued ${command.issued - nowSeconds} s in this host's future: set the clocks`,
    };
  return { kind: 'obey', command };
}
