'use client';

import { createContext, useContext } from 'react';
import type { Account } from '../../lib/api.ts';

const AccountContext = createContext<Account | undefined>(undefined);
export const AccountProvider = AccountContext.Provider;

/** Who is logged in. Hides what the role may not do; the API is what refuses it. */
export function useAccount() {
  const account = useContext(AccountContext);
  if (account === undefined) throw new Error('useAccount outside of the frame');
  const { role } = account;
  return {
    account,
    mayTriage: role !== 'viewer',
    mayRespond: role === 'responder' || role === 'admin',
    isAdmin: role === 'admin',
  };
}
