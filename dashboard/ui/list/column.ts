/** What a table is told: its columns, rows and what can be done with them. */

import type { ReactNode } from 'react';

export interface Column<Row> {
  readonly key: string;
  readonly label: string;
  /** CSS grid track on a wide screen: `120px`, `minmax(0, 1fr)`. */
  readonly track: string;
  readonly cell: (row: Row) => ReactNode;
  /** This cell opens the row. */
  readonly primary?: boolean;
  /** What the list is sorted by when the heading is pressed. */
  readonly sort?: string;
  readonly align?: 'end';
  /** On a phone: a line of its own, beside others (default), beside others with its label, or not at all. */
  readonly card?: 'line' | 'labelled' | 'hidden';
}

export interface Sorting {
  readonly by: string;
  readonly order: 'asc' | 'desc';
  readonly change: (by: string) => void;
}

export interface Selection {
  readonly keys: ReadonlySet<string>;
  readonly toggle: (key: string) => void;
  readonly toggleAll: () => void;
}

export interface TableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  /** For people who cannot see the row: what its checkbox or button is about. */
  readonly rowLabel: (row: Row) => string;
  readonly href?: (row: Row) => string;
  readonly onOpen?: (row: Row) => void;
  readonly tone?: (row: Row) => string | undefined;
  /** For lists that are read by the hundred. */
  readonly dense?: boolean;
  readonly sorting?: Sorting;
  readonly selection?: Selection;
  /** Other rows are on their way; these are from before. */
  readonly busy?: boolean;
  readonly onEnd?: () => void;
  readonly more?: boolean;
  /** Key of the row that has the focus at first: whoever comes back goes on where he was. */
  readonly startAt?: string | undefined;
  /** The row that has the focus, or had it last. */
  readonly onActive?: (row: Row | undefined) => void;
}
