import { segments } from '../../lib/visible-text.ts';
import styles from './raw.module.css';

/** Text from an endpoint: never markup, monospace, and what could not be seen in it is shown as an escape. */
export function Raw({ text, wrap = false }: { text: string; wrap?: boolean }) {
  return (
    <bdi dir="ltr" className={wrap ? styles.wrapped : styles.raw}>
      {segments(text).map((segment, index) =>
        segment.escaped ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: segments have no other identity
          <span key={index} className={styles.escape}>
            {segment.text}
          </span>
        ) : (
          segment.text
        ),
      )}
    </bdi>
  );
}
