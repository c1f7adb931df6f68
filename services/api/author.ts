import type { Session } from '../ports/accounts.ts';
import type { Author } from '../ports/audit-log.ts';

/** Who makes a change, as the audit log keeps it. */
export const authorOf = ({ session, address }: { readonly session: Session; readonly address: string }): Author => ({
  id: session.user.id,
  email: session.user.email,
  address,
});
