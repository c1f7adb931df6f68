'use client';

import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Refusal } from '../../lib/request.ts';
import { theme } from './theme.ts';

/** What a client mistake or a missing right answers will not change by asking again; an engine that restarts will. */
const retry = (failures: number, error: Error): boolean =>
  failures < 2 && !(error instanceof Refusal && error.status >= 400 && error.status < 500);

/** A session that ended, or a password that must be changed first, is the same answer to whatever was asked. */
function leaveWhereNeeded(error: Error): void {
  if (!(error instanceof Refusal)) return;
  const here = window.location.pathname + window.location.search;
  if (error.status === 401) window.location.assign(`/login?ended=1&from=${encodeURIComponent(here)}`);
  if (error.reason === 'password-change-required') window.location.assign('/password');
}

const newClient = () =>
  new QueryClient({
    queryCache: new QueryCache({ onError: leaveWhereNeeded }),
    mutationCache: new MutationCache({ onError: leaveWhereNeeded }),
    defaultOptions: { queries: { retry, staleTime: 5_000 } },
  });

/** The library that stops the page from scrolling behind a dialog makes a style element of its own and looks for the nonce here. */
function tellStyleNonce(nonce: string): void {
  if (typeof window !== 'undefined') Object.assign(window, { __webpack_nonce__: nonce });
}

export function Providers({ nonce, children }: { nonce: string; children: ReactNode }) {
  const [client] = useState(newClient);
  useState(() => tellStyleNonce(nonce));
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <QueryClientProvider client={client}>
        <Notifications position="bottom-right" limit={3} />
        {children}
      </QueryClientProvider>
    </MantineProvider>
  );
}
