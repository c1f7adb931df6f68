import type { Metadata } from 'next';
import { returnPath } from '../../lib/return-path.ts';
import { Entrance } from '../../ui/shell/entrance.tsx';
import { LoginForm } from '../../ui/shell/login-form.tsx';

export const metadata: Metadata = { title: 'Log in' };

export default async function LoginPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { from, ended } = await searchParams;
  return (
    <Entrance title="Log in">
      <LoginForm next={returnPath(typeof from === 'string' ? from : undefined)} ended={ended !== undefined} />
    </Entrance>
  );
}
