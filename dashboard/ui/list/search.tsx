'use client';

import { Kbd, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useKeys } from './keys.ts';
import styles from './page-head.module.css';

interface SearchProps {
  readonly value: string;
  readonly onSearch: (text: string) => void;
  readonly label: string;
  readonly placeholder?: string;
}

/** A list's search field: `/` goes to it, Escape leaves it, the list follows when typing pauses. */
export function Search({ value, onSearch, label, placeholder = label }: SearchProps) {
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  const search = useDebouncedCallback(onSearch, 250);
  useEffect(() => setText(value), [value]);
  useKeys({ '/': () => field.current?.select() });
  return (
    <TextInput
      ref={field}
      type="search"
      aria-label={label}
      placeholder={placeholder}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={
        <Kbd size="xs" className={styles.wide}>
          /
        </Kbd>
      }
      value={text}
      maxLength={200}
      onChange={event => {
        setText(event.currentTarget.value);
        search(event.currentTarget.value.trim());
      }}
      onKeyDown={event => event.key === 'Escape' && event.currentTarget.blur()}
    />
  );
}
