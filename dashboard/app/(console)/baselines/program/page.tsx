import type { Metadata } from 'next';
import { ProgramPage } from '../../../../ui/baselines/program-page.tsx';

export const metadata: Metadata = { title: 'Baseline' };

export default function Page() {
  return <ProgramPage />;
}
