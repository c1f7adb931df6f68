import { Checkbox } from '@mantine/core';
import Link from 'next/link';
import type { TableProps } from './column.ts';
import styles from './table.module.css';

/** The cells of one row. */
export function Cells<Row>({
  columns,
  row,
  rowKey,
  rowLabel,
  selection,
  href,
  onOpen,
  linkId,
}: TableProps<Row> & { row: Row; linkId: string }) {
  return (
    <>
      {selection !== undefined && (
        // biome-ignore lint/a11y/useSemanticElements: see Table
        <div role="cell" className={styles.check}>
          <Checkbox
            size="xs"
            tabIndex={-1}
            aria-label={`Select ${rowLabel(row)}`}
            checked={selection.keys.has(rowKey(row))}
            onChange={() => selection.toggle(rowKey(row))}
          />
        </div>
      )}
      {columns.map(column => (
        // biome-ignore lint/a11y/useSemanticElements: see Table
        <div key={column.key} role="cell" className={styles.cell} data-align={column.align} data-card={column.card}>
          {column.card === 'labelled' && <span className={styles.cardLabel}>{column.label} </span>}
          {column.primary === true && href !== undefined ? (
            <Link id={linkId} href={href(row)} prefetch={false} className={styles.open}>
              {column.cell(row)}
            </Link>
          ) : column.primary === true && onOpen !== undefined ? (
            <button id={linkId} type="button" className={styles.open} onClick={() => onOpen(row)}>
              {column.cell(row)}
            </button>
          ) : (
            column.cell(row)
          )}
        </div>
      ))}
    </>
  );
}
