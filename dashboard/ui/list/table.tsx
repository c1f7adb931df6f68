'use client';

import { defaultRangeExtractor, type Range, useWindowVirtualizer } from '@tanstack/react-virtual';
import { type CSSProperties, useCallback, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import type { TableProps } from './column.ts';
import { useKeys } from './keys.ts';
import styles from './table.module.css';
import { Cells } from './table-cells.tsx';
import { Heading } from './table-heading.tsx';

/** A table of any length: only the rows in sight are in the page. On a phone each row is a card. j and k move, Enter opens. */
export function Table<Row>(props: TableProps<Row>) {
  const { columns, rows, rowKey, selection, onEnd, more = false, onActive } = props;
  const id = useId();
  const body = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(-1);
  const [scrollMargin, setScrollMargin] = useState(0);

  // What stands above the table changes its height (banners, filters), and rows are placed from the top of the page.
  useLayoutEffect(() => {
    const top = body.current === null ? 0 : Math.round(body.current.getBoundingClientRect().top + window.scrollY);
    setScrollMargin(current => (current === top ? current : top));
  });

  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => (props.dense === true ? 33 : 46),
    overscan: 10,
    scrollMargin,
    getItemKey: index => {
      const row = rows[index];
      return row === undefined ? index : rowKey(row);
    },
    // The row with the focus stays in the page when it is scrolled out of sight, or the focus would be lost.
    rangeExtractor: useCallback(
      (range: Range) => {
        const visible = defaultRangeExtractor(range);
        if (active < 0 || active >= range.count || visible.includes(active)) return visible;
        return [...visible, active].sort((a, b) => a - b);
      },
      [active],
    ),
  });
  const items = virtualizer.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;

  useEffect(() => {
    if (more && last >= rows.length - 15) onEnd?.();
  }, [more, last, rows.length, onEnd]);

  const go = useCallback(
    (index: number) => {
      virtualizer.scrollToIndex(index, { align: 'auto' });
      setActive(index);
      requestAnimationFrame(() => document.getElementById(`${id}-${index}`)?.focus({ preventScroll: true }));
    },
    [virtualizer, id],
  );
  const move = (step: number) => {
    // A row that was closed is gone, and the next one stands in its place: that is where the focus comes back to.
    const inside = body.current?.contains(document.activeElement) === true;
    const next = Math.min(Math.max(inside ? active + step : active, 0), rows.length - 1);
    if (next >= 0) go(next);
  };
  const start = props.startAt === undefined ? -1 : rows.findIndex(row => rowKey(row) === props.startAt);
  const started = useRef(false);
  useEffect(() => {
    if (started.current || start < 0) return;
    started.current = true;
    go(start);
  }, [start, go]);
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    ...(selection === undefined
      ? {}
      : {
          x: () => {
            const row = rows[active];
            if (row !== undefined) selection.toggle(rowKey(row));
          },
        }),
  });

  const tracks = [...(selection === undefined ? [] : ['30px']), ...columns.map(column => column.track)].join(' ');
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows out of sight are not in the page, which a table element does not allow
    <div
      role="table"
      className={styles.table}
      data-dense={props.dense}
      aria-busy={props.busy}
      aria-label={props.label}
      aria-rowcount={more ? -1 : rows.length + 1}
      style={{ '--tracks': tracks } as CSSProperties}
    >
      <Heading {...props} />
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      <div role="rowgroup" ref={body} className={styles.body} style={{ height: virtualizer.getTotalSize() }}>
        {items.map(item => {
          const row = rows[item.index];
          if (row === undefined) return null;
          return (
            // biome-ignore lint/a11y/useSemanticElements: see above
            // biome-ignore lint/a11y/useFocusableInteractive: the row's link takes the focus, the row only hears of it
            <div
              key={item.key}
              role="row"
              aria-rowindex={item.index + 2}
              aria-selected={selection?.keys.has(rowKey(row))}
              data-index={item.index}
              data-tone={props.tone?.(row)}
              ref={virtualizer.measureElement}
              className={styles.row}
              style={{ transform: `translateY(${item.start - scrollMargin}px)` }}
              onFocus={() => {
                setActive(item.index);
                onActive?.(row);
              }}
            >
              <Cells {...props} row={row} linkId={`${id}-${item.index}`} />
            </div>
          );
        })}
      </div>
    </div>
  );
}
