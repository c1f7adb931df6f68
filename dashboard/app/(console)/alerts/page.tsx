import type { Metadata } from 'next';
import { Queue } from '../../../ui/alerts/queue.tsx';

export const metadata: Metadata = { title: 'Alerts' };

export default function AlertsPage() {
  return <Queue />;
}
