'use client';

import { Alert, Button, CopyButton, Group, Stack, Text } from '@mantine/core';
import { IconCheck, IconCopy, IconDownload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import type { Endpoint } from '../../lib/api.ts';
import { answer, api } from '../../lib/request.ts';
import { visible } from '../../lib/visible-text.ts';
import styles from './install.module.css';

const install = 'sudo ./install.sh agent --config monitoringAgent.conf';
const afterwards = ['systemctl status monitoringAgent.service', 'sudo systemctl restart monitoringAgent.service'];

interface InstallProps {
  readonly endpoint: Endpoint;
  readonly configuration: string;
  readonly onDone: () => void;
}

/** The finished configuration file and the commands for the host, and below them whether the agent has arrived. */
export function Install({ endpoint, configuration, onDone }: InstallProps) {
  return (
    <Stack gap="md">
      <Step number={1} title="Save the configuration file">
        <Text size="sm" c="dimmed" mb={8}>
          It holds the private key of this endpoint and is shown only now. The server keeps the public half.
        </Text>
        <Group gap="sm">
          <Button leftSection={<IconDownload size={16} aria-hidden />} onClick={() => download(configuration)}>
            Download monitoringAgent.conf
          </Button>
          <Copy text={configuration} label="Copy its text" />
        </Group>
      </Step>
      <Step number={2} title="On the host, in Picket's folder, as root">
        <Command text={install} />
      </Step>
      <Step number={3} title="From then on it is a service">
        {afterwards.map(command => (
          <Command key={command} text={command} />
        ))}
      </Step>
      <Arrival endpoint={endpoint} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onDone}>
          Done
        </Button>
      </Group>
    </Stack>
  );
}

function Step({ number, title, children }: { number: number; title: string; children: React.ReactNode }) {
  return (
    <section className={styles.step}>
      <span className={styles.number} aria-hidden>
        {number}
      </span>
      <div className={styles.body}>
        <h3 className={styles.title}>{title}</h3>
        {children}
      </div>
    </section>
  );
}

/** A command line that can be copied. */
export function Command({ text }: { text: string }) {
  return (
    <div className={styles.command}>
      <code>{text}</code>
      <Copy text={text} label="Copy" />
    </div>
  );
}

function Copy({ text, label }: { text: string; label: string }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Button
          variant="default"
          size="xs"
          leftSection={copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
          onClick={copy}
        >
          {copied ? 'Copied' : label}
        </Button>
      )}
    </CopyButton>
  );
}

/** Waits for the agent's first word. */
function Arrival({ endpoint }: { endpoint: Endpoint }) {
  const arrived = (now: Endpoint | undefined): boolean =>
    now !== undefined && now.lastSeenAt !== null && now.lastSeenAt !== endpoint.lastSeenAt;
  const { data } = useQuery({
    queryKey: ['endpoints', 'arrival', endpoint.id],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/endpoints/{id}', { params: { path: { id: endpoint.id } }, signal })),
    refetchInterval: query => (arrived(query.state.data) ? false : 2_000),
  });
  return (
    <div aria-live="polite">
      {arrived(data) ? (
        <Alert
          color="green"
          variant="light"
          icon={<IconCheck size={18} />}
          title={`${visible(endpoint.name)} has arrived`}
        >
          Agent {visible(data?.agentVersion ?? '')} is submitting.{' '}
          <Link href={`/endpoints/${endpoint.id}`}>See the endpoint</Link> or{' '}
          <Link href={`/events?endpoint=${endpoint.id}`}>its events as they come</Link>.
        </Alert>
      ) : (
        <Alert color="gray" variant="light" title="Waiting for the agent…">
          This changes by itself as soon as the agent submits for the first time. You can close this window; it goes on
          without it.
        </Alert>
      )}
    </div>
  );
}

function download(configuration: string): void {
  const url = URL.createObjectURL(new Blob([configuration], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'monitoringAgent.conf';
  link.click();
  URL.revokeObjectURL(url);
}
