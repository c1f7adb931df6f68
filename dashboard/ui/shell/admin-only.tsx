'use client';

import type { ReactNode } from 'react';
import { Empty } from '../list/states.tsx';
import { useAccount } from './account.tsx';

/** Says so where the page is for administrators; the API would refuse its requests anyway. */
export function AdminOnly({ children }: { children: ReactNode }) {
  const { isAdmin } = useAccount();
  return isAdmin ? (
    children
  ) : (
    <Empty title="This page is for administrators">Ask one of them if you need something changed here.</Empty>
  );
}
