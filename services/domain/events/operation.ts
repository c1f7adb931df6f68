/** Names of what is done without opening anything: what stores, API and rules call the wire's numbers. */

import { Operation } from '@picket/proto';

export const operationNames = [
  ...(['rename', 'unlink', 'remove-folder', 'link', 'symlink', 'chmod', 'chown', 'truncate'] as const),
  ...(['set-attribute', 'remove-attribute', 'mount', 'unmount', 'change-root'] as const),
  ...(['set-user', 'set-group', 'set-capabilities', 'enter-namespace', 'leave-namespace'] as const),
  ...(['trace', 'write-memory', 'write-registers', 'read-memory', 'take-descriptor'] as const),
  ...(['load-program', 'load-module', 'unload-module', 'open-counter', 'handle-faults'] as const),
  ...(['load-kernel', 'set-clock', 'open-map'] as const),
  ...(['raw-socket', 'packet-socket', 'hide-entry', 'hide-listing', 'hide-task', 'unknown'] as const),
];
export type OperationName = (typeof operationNames)[number];

const byNumber = new Map<number, OperationName>(
  operationNames.map(name => [Operation[name.toUpperCase().replaceAll('-', '_') as keyof typeof Operation], name]),
);

/** `unknown` for one of a newer agent. */
export const operationName = (number: number): OperationName => byNumber.get(number) ?? 'unknown';
