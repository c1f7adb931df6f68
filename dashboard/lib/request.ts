/** Requests from a page to the API, through the dashboard's own /api/v1. Paths, parameters and answers are checked by type. */

import createClient from 'openapi-fetch';
import type { paths } from './api-types.ts';

/** A request that the API refused, or that did not reach it. `message` is for people: what went wrong and what to do. */
export class Refusal extends Error {
  readonly status: number;
  /** Machine-readable, from the problem document: `validation`, `changed-meanwhile`, … */
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.reason = reason;
  }
}

export const api = createClient<paths>({
  baseUrl: typeof window === 'undefined' ? 'http://dashboard.invalid' : window.location.origin,
});

interface Outcome<Data> {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
}

/** What a call answered; throws a `Refusal` where it did not succeed. */
export async function answer<Data>(call: Promise<Outcome<Data>>): Promise<Data> {
  let outcome: Outcome<Data>;
  try {
    outcome = await call;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Refusal(
      0,
      'unreachable',
      'The dashboard does not answer. Check the connection, and that Picket is running.',
    );
  }
  // A success without a body (204) has no data either.
  if (outcome.response.ok) return outcome.data as Data;
  throw refusal(outcome.response.status, outcome.error);
}

function refusal(status: number, problem: unknown): Refusal {
  const { reason, detail, fields } = isMembers(problem) ? problem : {};
  const named = Array.isArray(fields) ? fields.filter(isMembers).map(fieldWords) : [];
  // Of a request that did not match its schema the detail only repeats the first field, in words of the protocol.
  const words =
    reason === 'validation' && named.length > 0
      ? named
      : [typeof detail === 'string' ? detail : `The API answered ${status} without saying why.`];
  return new Refusal(status, typeof reason === 'string' ? reason : `http-${status}`, words.join(' '));
}

const isMembers = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** `{ field: 'body.name', message: 'is taken' }` as "name: is taken." */
const fieldWords = ({ field, message }: Readonly<Record<string, unknown>>): string =>
  `${String(field).replace(/^(body|query|params)\./, '')}: ${String(message)}.`;

/** What to tell a person about a failure. */
export const failureText = (error: unknown): string =>
  error instanceof Refusal ? error.message : 'Something went wrong in this page. Reload it and try again.';
