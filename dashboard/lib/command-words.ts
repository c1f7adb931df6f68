/** Commands to agents in words. */

import type { Command, CommandState } from './api.ts';
import { bytes } from './quantity.ts';

export const stateWords: Readonly<Record<CommandState, string>> = {
  queued: 'Waits for the agent',
  sent: 'The agent has it',
  done: 'Done',
  failed: 'Failed',
  refused: 'Refused by the agent',
  expired: 'Expired',
};

/** Whether something may still come of it. */
export const isOpen = (state: CommandState): boolean => state === 'queued' || state === 'sent';

/** What was asked for: `Kill process 4711`. */
export function actionWords(action: Command['action']): string {
  switch (action.kind) {
    case 'kill-process':
      return `Kill process ${action.execId.split(':')[1] ?? ''}`;
    case 'isolate':
      return action.minutes === null ? 'Isolate until released' : `Isolate for ${minutesWords(action.minutes)}`;
    case 'release':
      return 'Release from isolation';
    case 'collect-file':
      return `Collect ${action.path}`;
    default:
      return action satisfies never;
  }
}

/** `1 hour`, `90 minutes`, `7 days`. */
export function minutesWords(minutes: number): string {
  const [count, unit] =
    minutes % 1440 === 0 ? [minutes / 1440, 'day'] : minutes % 60 === 0 ? [minutes / 60, 'hour'] : [minutes, 'minute'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

type CollectedFile = NonNullable<Command['file']>;

const typeLetter: Readonly<Record<CollectedFile['type'], string>> = {
  file: '-',
  folder: 'd',
  link: 'l',
  device: 'b',
  pipe: 'p',
  socket: 's',
};

/** As ls(1) shows them: `-rwsr-xr-x`. */
export function rightsWords({ type, mode }: Pick<CollectedFile, 'type' | 'mode'>): string {
  const set = (bit: number) => (mode & bit) !== 0;
  const three = (shift: number, special: number, letter: string) => {
    const runs = set(0o1 << shift);
    const last = set(special) ? (runs ? letter : letter.toUpperCase()) : runs ? 'x' : '-';
    return `${set(0o4 << shift) ? 'r' : '-'}${set(0o2 << shift) ? 'w' : '-'}${last}`;
  };
  return `${typeLetter[type]}${three(6, 0o4000, 's')}${three(3, 0o2000, 's')}${three(0, 0o1000, 't')}`;
}

export const microsText = (micros: number): string => new Date(micros / 1000).toISOString();

/** What is known of the file, in rows. */
export function fileFacts(file: CollectedFile): readonly (readonly [name: string, value: string])[] {
  return [
    ...(file.sha256 === null ? [] : [['SHA-256', file.sha256] as const]),
    ...(file.target === null ? [] : [['Leads to', file.target] as const]),
    ['Size', `${bytes(file.bytes)}${file.bytes < 1024 ? '' : ` (${file.bytes.toLocaleString('en-GB')} B)`}`],
    ['Rights', `${rightsWords(file)} (${file.mode.toString(8).padStart(4, '0')})`],
    ['Owner', `user ${file.uid}, group ${file.gid}`],
    ['Modified', microsText(file.modifiedMicros)],
    ['Changed', microsText(file.changedMicros)],
    ['Accessed', microsText(file.accessedMicros)],
    ...(file.bornMicros === null ? [] : [['Made', microsText(file.bornMicros)] as const]),
  ];
}
