'use client';

import { Button, Group } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import type { Endpoint } from '../../lib/api.ts';
import { microsText } from '../../lib/command-words.ts';
import { visible } from '../../lib/visible-text.ts';
import { Moment } from '../text/moment.tsx';
import styles from './response.module.css';

interface IsolationBannerProps {
  readonly endpoint: Endpoint;
  /** Undefined where the role may not. */
  readonly onRelease: (() => void) | undefined;
  readonly onChange: (() => void) | undefined;
}

/** Says that this host has no network, since when, and until when. Nothing where it has. */
export function IsolationBanner({ endpoint, onRelease, onChange }: IsolationBannerProps) {
  const isolation = endpoint.response?.isolation ?? null;
  if (isolation === null) return null;
  return (
    <section className={styles.banner} aria-label="Isolation">
      <div>
        <strong>
          <IconPlugConnectedX size={20} aria-hidden /> This host is isolated
        </strong>
        <p>
          It reaches nothing but this server, since <Moment at={microsText(isolation.sinceMicros)} />
          {isolation.untilMicros === null ? (
            ', until somebody releases it.'
          ) : (
            <>
              ; that ends by itself <Moment at={microsText(isolation.untilMicros)} />.
            </>
          )}
        </p>
        {isolation.fleeting !== '' && (
          <p>It holds only while the agent runs: {visible(isolation.fleeting)}. An agent that starts puts it back.</p>
        )}
      </div>
      {onRelease !== undefined && (
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={onChange}>
            Change limit…
          </Button>
          <Button size="xs" color="red" onClick={onRelease}>
            Release…
          </Button>
        </Group>
      )}
    </section>
  );
}
