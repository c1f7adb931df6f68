'use client';

import { Alert, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { answer, api } from '../../lib/request.ts';

/** What a request says of the address: nothing where the field was left empty, and the API takes its usual one. */
export const addressOf = (typed: string): { api?: string } => (typed.trim() === '' ? {} : { api: typed.trim() });

/** Where the agent submits. Left empty it is what the API says; only its operator knows what stands before ingress. */
export function ServerAddress({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { data: usual } = useQuery({
    queryKey: ['submission-url'],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/submission-url', { signal })),
  });
  const local = /^https?:\/\/(localhost|127\.|\[::1\])/.test(value.trim() || (usual?.api ?? ''));
  return (
    <>
      <TextInput
        label="Server address"
        description="Where the agent submits; it must be reachable from the host. Left empty, it is the one shown in grey."
        placeholder={usual?.api ?? ''}
        maxLength={500}
        value={value}
        onChange={event => onChange(event.currentTarget.value)}
      />
      {local && (
        <Alert color="yellow" variant="light">
          This address reaches the server only from the server's own machine. For another host, put the server's name or
          address here.
        </Alert>
      )}
    </>
  );
}
