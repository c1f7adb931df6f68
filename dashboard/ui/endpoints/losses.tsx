import { effectWords, eventsLost, type LossEffect, lossWords } from '../../lib/loss-words.ts';
import { plural, quantity } from '../../lib/quantity.ts';
import { Panel } from '../text/panel.tsx';
import { Raw } from '../text/raw.tsx';
import styles from './losses.module.css';

const effects: readonly LossEffect[] = ['lost', 'cut', 'none'];

/** What the agent could not keep or not see whole: each of its counters, what it means, and whether events are missing. */
export function Losses({ losses }: { losses: Readonly<Record<string, number>> }) {
  const counters = Object.entries(losses)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => ({ name, count, ...lossWords(name) }))
    .sort((a, b) => effects.indexOf(a.effect) - effects.indexOf(b.effect) || b.count - a.count);
  const lost = eventsLost(losses);
  return (
    <Panel title="Lost or cut" aside={<span className={styles.quiet}>since the agent started</span>}>
      <p className={lost === 0 ? styles.quiet : styles.lost}>
        {lost === 0 ? 'No event was lost.' : `${plural(lost, 'event')} lost.`}
      </p>
      {counters.length > 0 && (
        <table className={styles.counters}>
          <thead>
            <tr>
              <th scope="col">Counter, and what it means</th>
              <th scope="col">Count</th>
            </tr>
          </thead>
          <tbody>
            {counters.map(({ name, count, effect, meaning }) => (
              <tr key={name}>
                <th scope="row">
                  <Raw text={name} wrap />
                  <p>
                    <strong data-effect={effect}>{effectWords[effect]}.</strong> {meaning}
                  </p>
                </th>
                <td>{quantity(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
