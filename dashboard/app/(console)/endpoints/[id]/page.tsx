import type { Metadata } from 'next';
import { EndpointPage } from '../../../../ui/endpoints/endpoint-page.tsx';

export const metadata: Metadata = { title: 'Endpoint' };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return <EndpointPage key={id} id={id} />;
}
