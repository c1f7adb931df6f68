'use client';

import { Tree, type TreeNodeData, useTree } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import Link from 'next/link';
import { useMemo } from 'react';
import type { Evidence } from '../../lib/api.ts';
import { commandLine } from '../../lib/command-line.ts';
import { visible } from '../../lib/visible-text.ts';
import { Long } from '../text/long.tsx';
import { Raw } from '../text/raw.tsx';
import styles from './ancestry.module.css';

type Ancestor = Evidence['ancestry'][number];

/** From the oldest known ancestor down to the process that acted; arrow keys walk it, each leads to its events. */
export function Ancestry({ ancestry, endpoint }: { ancestry: Evidence['ancestry']; endpoint: string }) {
  const { data, byId, expanded } = useMemo(() => chain(ancestry), [ancestry]);
  const tree = useTree({ initialExpandedState: expanded });
  if (ancestry.length === 0) return <p className={styles.none}>The processes before this one are not known.</p>;
  const acting = ancestry.at(-1)?.execId;
  return (
    <Tree
      data={data}
      tree={tree}
      withLines
      aria-label="Process ancestry, oldest first"
      classNames={{ root: styles.tree ?? '', label: styles.label ?? '' }}
      renderNode={({ node, expanded: isOpen, hasChildren, elementProps }) => {
        const process = byId.get(node.value);
        if (process === undefined) return null;
        return (
          <div
            {...elementProps}
            className={`${elementProps.className} ${styles.node}`}
            data-acting={process.execId === acting || undefined}
          >
            <IconChevronRight
              size={14}
              aria-hidden
              className={styles.chevron}
              data-open={isOpen || undefined}
              data-leaf={!hasChildren || undefined}
            />
            <div className={styles.process}>
              {process.exe === '' ? (
                <span className={styles.args}>a program that the agent did not see start</span>
              ) : (
                <Raw text={process.exe} wrap />
              )}
              {process.args.length > 0 && (
                <div className={styles.args}>
                  <Long text={commandLine(process.args)} />
                </div>
              )}
            </div>
            <span className={styles.who}>
              {process.user !== '' && `${visible(process.user)} · `}pid {process.pid} ·{' '}
              <Link
                href={`/events?endpoint=${endpoint}&execId=${encodeURIComponent(process.execId)}`}
                tabIndex={-1}
                onClick={event => event.stopPropagation()}
              >
                events
              </Link>
            </span>
          </div>
        );
      }}
    />
  );
}

function chain(ancestry: readonly Ancestor[]) {
  const byId = new Map<string, Ancestor>();
  const expanded: Record<string, boolean> = {};
  let below: TreeNodeData | undefined;
  for (const [index, process] of [...ancestry.entries()].reverse()) {
    // An exec keeps the exec id and changes the program: the place in the chain tells them apart.
    const value = `${index}/${process.execId}`;
    byId.set(value, process);
    expanded[value] = true;
    below = { value, label: visible(process.exe), ...(below === undefined ? {} : { children: [below] }) };
  }
  return { data: below === undefined ? [] : [below], byId, expanded };
}
