/**
 * The program that started the server and talks to it over a message channel (`npm start`; its side is
 * deploy/setup/server.mjs), or nobody, as under systemd.
 */

export interface FirstAdmin {
  readonly email: string;
  readonly password: string;
}

export type Question =
  | { readonly type: 'endpoint'; readonly endpoint: string }
  | { readonly type: 'local-endpoint'; readonly name: string; readonly api: string };

export interface Launcher {
  /** What the server is doing just now, for people. */
  progress(text: string): void;
  /** `firstAdmin`: made in this start, with the only copy of the password. */
  ready(firstAdmin: FirstAdmin | undefined): void;
  /** Why the server ends, in one line. */
  failed(reason: string): void;
  /** From now on questions are answered, those that came earlier too. */
  answer(answers: (question: Question) => Promise<unknown>): void;
}

/** The launcher, where there is one. */
export function findLauncher(): Launcher | undefined {
  if (process.send === undefined) return undefined;
  const waiting: (Question & { readonly id: number })[] = [];
  let reply = (question: Question & { readonly id: number }): void => void waiting.push(question);
  // The channel alone must not keep a server alive that has stopped.
  process.channel?.unref();
  process.on('message', message => reply(message as Question & { readonly id: number }));
  return {
    progress: text => send({ type: 'progress', text }),
    ready: firstAdmin => send({ type: 'ready', firstAdmin: firstAdmin ?? null }),
    failed: reason => send({ type: 'failed', reason }),
    answer(answers) {
      reply = question => {
        answers(question).then(
          answer => send({ type: 'reply', id: question.id, answer }),
          error => send({ type: 'reply', id: question.id, error: String(error) }),
        );
      };
      waiting.forEach(reply);
    },
  };
}

function send(message: object): void {
  // A launcher that is gone hears nothing; that it is gone comes as `disconnect`.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}
