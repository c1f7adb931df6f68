/** What a route answers when it cannot do what was asked: an RFC 9457 problem as a value. */

import type { ProblemDocument } from './schemas/problem.ts';

export interface Problem {
  readonly problem: true;
  readonly status: number;
  readonly reason: string;
  readonly detail: string;
  readonly fields?: ProblemDocument['fields'];
  readonly retryAfterSeconds?: number;
}

export function problem(
  status: number,
  reason: string,
  detail: string,
  more: Pick<Problem, 'fields' | 'retryAfterSeconds'> = {},
): Problem {
  return { problem: true, status, reason, detail, ...more };
}

export const isProblem = (value: unknown): value is Problem =>
  typeof value === 'object' && value !== null && 'problem' in value && value.problem === true;

export const notFound = (what: string): Problem => problem(404, 'not-found', `There is no such ${what}.`);

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** The JSON that goes over the wire; `instance` is the request id. */
export function problemDocument(problem: Problem, instance: string): ProblemDocument {
  return {
    type: 'about:blank',
    title: titles[problem.status] ?? 'Error',
    status: problem.status,
    reason: problem.reason,
    detail: problem.detail,
    instance,
    ...(problem.fields ? { fields: problem.fields } : {}),
    ...(problem.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: problem.retryAfterSeconds }),
  };
}
