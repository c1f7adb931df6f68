import type { Metadata } from 'next';
import { AlertPage } from '../../../../ui/alert/alert-page.tsx';

export const metadata: Metadata = { title: 'Alert' };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return <AlertPage key={id} id={id} />;
}
