'use client';

import { UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import { beginning } from '../../lib/beginning.ts';
import styles from './long.module.css';
import { Raw } from './raw.tsx';

/** Text from an endpoint that may be very long: its beginning, and the rest for whoever asks. */
export function Long({ text }: { text: string }) {
  const [whole, setWhole] = useState(false);
  const cut = beginning(text);
  if (cut === undefined) return <Raw text={text} wrap />;
  return (
    <>
      <Raw text={whole ? text : `${cut}…`} wrap />{' '}
      <UnstyledButton
        className={styles.toggle}
        aria-expanded={whole}
        // In a tree a click, and a key, would be the node's as well.
        onClick={event => {
          event.stopPropagation();
          setWhole(!whole);
        }}
        onKeyDown={event => event.stopPropagation()}
      >
        {whole ? 'show less' : 'show all'}
      </UnstyledButton>
    </>
  );
}
