/** Who changed what, when and from where. Entries are written by the stores, together with the change. */

import type { UserId } from './accounts.ts';
import type { Instant } from './instant.ts';
import type { Page, PageRequest } from './page.ts';

/** Who makes a change; `system` is Picket itself. */
export type Author = { readonly id: UserId; readonly email: string; readonly address: string } | 'system';

export interface AuditEntry {
  readonly id: number;
  readonly at: Instant;
  /** As they were called then; the user may be gone. null: Picket itself. */
  readonly actor: { readonly id: string; readonly email: string } | null;
  readonly address: string | null;
  /** `user.created`, `endpoint.key-rotated`, … */
  readonly action: string;
  readonly subject: { readonly kind: string; readonly id: string; readonly name: string } | null;
  /** Never a secret. */
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface AuditFilter {
  readonly actor?: string | undefined;
  /** An action or the beginning of some. */
  readonly action?: string | undefined;
  readonly search?: string | undefined;
}

export interface AuditLog {
  /** Newest first. */
  list(filter: AuditFilter, page: PageRequest): Promise<Page<AuditEntry>>;
  /** For what changes no row of its own, such as a refused login. */
  note(entry: Pick<AuditEntry, 'action' | 'subject' | 'detail'>, by: Author): Promise<void>;
}
