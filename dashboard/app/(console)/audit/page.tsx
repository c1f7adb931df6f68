import type { Metadata } from 'next';
import { AuditPage } from '../../../ui/audit/audit-page.tsx';
import { AdminOnly } from '../../../ui/shell/admin-only.tsx';

export const metadata: Metadata = { title: 'Audit log' };

export default function Page() {
  return (
    <AdminOnly>
      <AuditPage />
    </AdminOnly>
  );
}
