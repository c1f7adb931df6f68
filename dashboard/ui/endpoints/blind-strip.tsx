import { blindParts, type Part, total } from '../../lib/blind-time.ts';
import { duration } from '../../lib/time.ts';
import styles from './blind-strip.module.css';

const day = 86_400_000;

/** The last 24 hours as a line: where nothing of the host was seen, and where not all of it. */
export function BlindStrip({ spans, now }: { spans: Parameters<typeof blindParts>[0]; now: number }) {
  const from = now - day;
  const unseen = blindParts(spans, true, from, now);
  const partly = blindParts(spans, false, from, now);
  const words =
    total(unseen) === 0
      ? 'In the last 24 hours there was no time in which nothing was seen.'
      : `For ${duration(total(unseen) * 1000)} of the last 24 hours nothing was seen.`;
  const mark = (kind: 'unseen' | 'partly') => (part: Part) => (
    <span
      key={part.from}
      data-kind={kind}
      style={{
        insetInlineStart: `${((part.from - from) / day) * 100}%`,
        inlineSize: `${((part.until - part.from) / day) * 100}%`,
      }}
    />
  );
  return (
    <figure className={styles.figure}>
      <div className={styles.strip} aria-hidden="true">
        {partly.map(mark('partly'))}
        {unseen.map(mark('unseen'))}
      </div>
      <div className={styles.ends} aria-hidden="true">
        <span>24 h ago</span>
        <span>now</span>
      </div>
      <figcaption>{words}</figcaption>
    </figure>
  );
}
