/** Whoever started the cluster with a message channel (a test) can ask for its parts, and stop and start them. */

import type { Cluster } from './cluster.ts';

type Question = { readonly id: number } & (
  | { readonly do: 'parts' }
  | { readonly do: 'stop' | 'start' | 'settled'; readonly part: string }
);

export function answerRemote(cluster: Cluster): void {
  if (process.send === undefined) return;
  process.on('message', message => {
    const question = message as Question;
    const { id } = question;
    answer(cluster, question).then(
      result => process.send!({ id, result }),
      error => process.send!({ id, error: (error as Error).message }),
    );
  });
}

async function answer(cluster: Cluster, question: Question): Promise<unknown> {
  switch (question.do) {
    case 'parts':
      return cluster.parts();
    case 'stop':
      return cluster.stop(question.part);
    case 'start':
      return cluster.start(question.part);
    case 'settled':
      return cluster.settled(question.part);
  }
}
