/**
 * A route is a value: where it is, who may call it, the schemas of what goes in and out, and what it does. The server,
 * the OpenAPI document and the tests that walk over all routes read the same values.
 */

import type { z } from 'zod';
import type { Role, Session } from '../ports/accounts.ts';
import type { LiveStream } from './live/stream.ts';
import type { Problem } from './problem.ts';
import type { ApiServices } from './services.ts';

/** The least role that may call a route; `public` needs no login. */
export type Access = 'public' | Role;

export interface Request<A extends Access, Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly session: A extends 'public' ? undefined : Session;
  /** Of the client, as the edge reports it. */
  readonly address: string;
  /** `scheme://host[:port]` that the client asked for. */
  readonly origin: string;
  /** Aborted when the client leaves before it has its answer. */
  readonly signal: AbortSignal;
}

type Out<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/** What a handler answers is only read: it may give what others must not change. */
type Unchanged<T> = T extends readonly (infer Item)[]
  ? readonly Unchanged<Item>[]
  : T extends object
    ? { readonly [Name in keyof T]: Unchanged<T[Name]> }
    : T;

export interface RouteDefinition<
  A extends Access,
  P extends z.ZodType | undefined,
  Q extends z.ZodType | undefined,
  B extends z.ZodType | undefined,
  R extends z.ZodType | undefined,
> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below /api/v1, with `:name` for parameters. */
  readonly path: string;
  readonly access: A;
  /** May be called while the password is still the generated one. */
  readonly beforePasswordChange?: true;
  readonly tag: string;
  readonly summary: string;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** Of a success; absent means 204. */
  readonly reply?: R;
  readonly status?: 200 | 201;
}

export interface JsonRoute<
  A extends Access = Access,
  P extends z.ZodType | undefined = z.ZodType | undefined,
  Q extends z.ZodType | undefined = z.ZodType | undefined,
  B extends z.ZodType | undefined = z.ZodType | undefined,
  R extends z.ZodType | undefined = z.ZodType | undefined,
> extends RouteDefinition<A, P, Q, B, R> {
  readonly kind: 'json';
  handle(request: Request<A, Out<P>, Out<Q>, Out<B>>, services: ApiServices): Promise<Unchanged<Out<R>> | Problem>;
}

/** Answers with server-sent events until the client leaves or the session ends. */
export interface StreamRoute<A extends Access = Access, Q extends z.ZodType | undefined = z.ZodType | undefined>
  extends RouteDefinition<A, undefined, Q, undefined, z.ZodType> {
  readonly kind: 'stream';
  /** Feeds the stream; the function returned is called when it ends. */
  open(request: Request<A, undefined, Out<Q>, undefined>, stream: LiveStream, services: ApiServices): () => void;
}

export type Route = JsonRoute | StreamRoute;

/** Checks the handler against the schemas, then forgets their types: routes of all shapes go into one list. */
export function route<
  const A extends Access,
  P extends z.ZodType | undefined = undefined,
  Q extends z.ZodType | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
  R extends z.ZodType | undefined = undefined,
>(definition: Omit<JsonRoute<A, P, Q, B, R>, 'kind'>): JsonRoute {
  return { ...definition, kind: 'json' } as unknown as JsonRoute;
}

export function streamRoute<const A extends Access, Q extends z.ZodType | undefined = undefined>(
  definition: Omit<StreamRoute<A, Q>, 'kind'>,
): StreamRoute {
  return { ...definition, kind: 'stream' } as unknown as StreamRoute;
}
