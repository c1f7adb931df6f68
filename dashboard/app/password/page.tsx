import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { currentAccount } from '../../server/authentication.ts';
import { Entrance } from '../../ui/shell/entrance.tsx';
import { FirstPassword } from '../../ui/shell/first-password.tsx';

export const metadata: Metadata = { title: 'Choose a password' };

export default async function PasswordPage() {
  const account = await currentAccount();
  if (account === undefined) redirect('/login');
  if (!account.mustChangePassword) redirect('/');
  return (
    <Entrance title="Choose your own password">
      <FirstPassword />
    </Entrance>
  );
}
