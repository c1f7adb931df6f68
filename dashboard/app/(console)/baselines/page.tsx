import type { Metadata } from 'next';
import { BaselinesPage } from '../../../ui/baselines/baselines-page.tsx';

export const metadata: Metadata = { title: 'Baselines' };

export default function Page() {
  return <BaselinesPage />;
}
