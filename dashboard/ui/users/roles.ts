import type { Role } from '../../lib/api.ts';

/** The roles with what they may do, for a choice. */
export const roleChoices: { readonly value: Role; readonly label: string }[] = [
  { value: 'viewer', label: 'Viewer: reads everything' },
  { value: 'analyst', label: 'Analyst: also triages alerts' },
  { value: 'responder', label: 'Responder: also kills processes, isolates hosts, collects files' },
  { value: 'admin', label: 'Admin: also endpoints, users and the audit log' },
];

/** A choice's value as a role; the least one where it is none. */
export const roleOf = (value: string): Role => roleChoices.find(choice => choice.value === value)?.value ?? 'viewer';
