import type { Metadata } from 'next';
import { EndpointsPage } from '../../../ui/endpoints/endpoints-page.tsx';

export const metadata: Metadata = { title: 'Endpoints' };

export default function Page() {
  return <EndpointsPage />;
}
