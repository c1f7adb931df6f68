import { headers } from 'next/headers';
import { redirect } from 'next/navigation';
import type { ReactNode } from 'react';
import { currentAccount } from '../../server/authentication.ts';
import { Frame } from '../../ui/shell/frame.tsx';

/** Everything behind the login. The API checks each request again; this only spares an unknown visitor an empty page. */
export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const account = await currentAccount();
  if (account === undefined) {
    const from = (await headers()).get('x-path') ?? '/';
    redirect(from === '/' ? '/login' : `/login?from=${encodeURIComponent(from)}`);
  }
  if (account.mustChangePassword) redirect('/password');
  return <Frame account={account}>{children}</Frame>;
}
