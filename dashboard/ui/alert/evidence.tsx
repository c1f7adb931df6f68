import { Text } from '@mantine/core';
import type { Evidence } from '../../lib/api.ts';
import { baselineWords } from '../../lib/baseline-words.ts';
import { plural, quantity } from '../../lib/quantity.ts';
import { visible } from '../../lib/visible-text.ts';
import { Facts } from '../text/facts.tsx';
import { Long } from '../text/long.tsx';
import { Panel } from '../text/panel.tsx';
import { Raw } from '../text/raw.tsx';
import styles from './evidence.module.css';

/** What was seen beside what is usual, and how much stands behind "usual". `ofSensor`: it is about the agent, not about a program. */
export function SeenAndUsual({ evidence, ofSensor }: { evidence: Evidence; ofSensor: boolean }) {
  return (
    <div className={styles.sides}>
      <Panel title="What was seen">
        <Facts facts={evidence.saw.map(({ label, value }) => [visible(label), <Long key={label} text={value} />])} />
        {evidence.prevalence !== undefined && <Prevalence {...evidence.prevalence} />}
      </Panel>
      <Panel title="What is usual">
        <Usual usual={evidence.usual} learned={evidence.baseline !== undefined} ofSensor={ofSensor} />
        {evidence.baseline !== undefined && (
          <p className={styles.words}>
            {baselineWords(
              evidence.baseline.phase,
              evidence.baseline.observations,
              evidence.baseline.unseenProbability,
            )}
          </p>
        )}
      </Panel>
    </div>
  );
}

interface UsualProps {
  readonly usual: Evidence['usual'];
  readonly learned: boolean;
  readonly ofSensor: boolean;
}

function Usual({ usual, learned, ofSensor }: UsualProps) {
  if (usual.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {learned
          ? 'Nothing that this program usually does comes near it.'
          : ofSensor
            ? 'This is about the agent itself, and needs no learning.'
            : 'This is a rule: it holds for every program from the first second and needs no learning.'}
      </Text>
    );
  }
  const most = Math.max(...usual.map(({ count }) => count), 1);
  return (
    <ul className={styles.usual}>
      {usual.map(({ value, count }) => (
        <li key={value}>
          <Raw text={value} wrap />
          <span className={styles.times}>{quantity(count)} ×</span>
          <span className={styles.bar} style={{ width: `${Math.max((count / most) * 100, 1)}%` }} aria-hidden />
        </li>
      ))}
    </ul>
  );
}

function Prevalence({ endpoints, of }: { endpoints: number; of: number }) {
  return (
    <p className={styles.words}>
      {endpoints <= 1
        ? `Seen on no other of ${plural(of, 'endpoint')}.`
        : `The same was seen on ${quantity(endpoints)} of ${plural(of, 'endpoint')}.`}
    </p>
  );
}
