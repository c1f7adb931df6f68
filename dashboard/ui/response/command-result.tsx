import type { Command } from '../../lib/api.ts';
import { fileFacts } from '../../lib/command-words.ts';
import { visible } from '../../lib/visible-text.ts';
import { Facts } from '../text/facts.tsx';
import { Raw } from '../text/raw.tsx';
import styles from './response.module.css';

/** What the agent says about a command, and the file where it was one. */
export function CommandResult({ command }: { command: Command }) {
  return (
    <>
      {command.detail !== '' && <p className={styles.detail}>{visible(command.detail)}</p>}
      {command.file !== null && (
        <div className={styles.file}>
          <Facts facts={fileFacts(command.file).map(([name, value]) => [name, <Raw key={name} text={value} wrap />])} />
        </div>
      )}
    </>
  );
}
