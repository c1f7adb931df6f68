import { Checkbox } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import type { TableProps } from './column.ts';
import styles from './table.module.css';

/** The row of headings; those that sort are buttons. */
export function Heading<Row>({ columns, rows, rowKey, sorting, selection }: TableProps<Row>) {
  const all = selection !== undefined && rows.length > 0 && rows.every(row => selection.keys.has(rowKey(row)));
  return (
    // biome-ignore lint/a11y/useSemanticElements: see Table
    <div role="rowgroup" className={styles.heading}>
      {/* biome-ignore lint/a11y/useSemanticElements: see Table */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: a heading row takes no focus */}
      <div role="row" aria-rowindex={1} className={styles.headingRow}>
        {selection !== undefined && (
          // biome-ignore lint/a11y/useSemanticElements: see Table
          // biome-ignore lint/a11y/useFocusableInteractive: its checkbox takes the focus
          <div role="columnheader" className={styles.check}>
            <Checkbox
              size="xs"
              aria-label="Select all loaded rows"
              checked={all}
              indeterminate={!all && selection.keys.size > 0}
              onChange={selection.toggleAll}
            />
          </div>
        )}
        {columns.map(column => {
          const sorted =
            sorting !== undefined && column.sort !== undefined && sorting.by === column.sort
              ? sorting.order
              : undefined;
          const Arrow = sorted === 'asc' ? IconArrowUp : IconArrowDown;
          return (
            // biome-ignore lint/a11y/useSemanticElements: see Table
            // biome-ignore lint/a11y/useFocusableInteractive: its button takes the focus
            <div
              key={column.key}
              role="columnheader"
              data-align={column.align}
              aria-sort={sorted === undefined ? undefined : sorted === 'asc' ? 'ascending' : 'descending'}
            >
              {sorting !== undefined && column.sort !== undefined ? (
                <button type="button" className={styles.sort} onClick={() => sorting.change(column.sort ?? '')}>
                  {column.label}
                  <Arrow size={13} aria-hidden className={sorted === undefined ? styles.unsorted : undefined} />
                </button>
              ) : (
                column.label
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}
