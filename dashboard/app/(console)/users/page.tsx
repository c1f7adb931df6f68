import type { Metadata } from 'next';
import { AdminOnly } from '../../../ui/shell/admin-only.tsx';
import { UsersPage } from '../../../ui/users/users-page.tsx';

export const metadata: Metadata = { title: 'Users' };

export default function Page() {
  return (
    <AdminOnly>
      <UsersPage />
    </AdminOnly>
  );
}
