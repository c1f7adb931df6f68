import { segments, visible } from '../../lib/visible-text.ts';
import styles from './path.module.css';
import { Raw } from './raw.tsx';

/** A path on one line: where it does not fit, folders give way and the name stays. */
export function Path({ text }: { text: string }) {
  const cut = text.lastIndexOf('/') + 1;
  const name = text.slice(cut);
  // A name that is nothing, or is itself long, gains nothing from being kept whole.
  if (cut <= 1 || name === '' || segments(name).length > 40 || name.length > 60) {
    return (
      <span className={styles.whole} title={visible(text)}>
        <Raw text={text} />
      </span>
    );
  }
  return (
    <span className={styles.path} title={visible(text)}>
      <span className={styles.folder}>
        <Raw text={text.slice(0, cut)} />
      </span>
      <span className={styles.name}>
        <Raw text={name} />
      </span>
    </span>
  );
}
