/** Commands to agents. Each is signed here and now; what the database holds of it is no use to whoever would change it. */

import { randomUUID } from 'node:crypto';
import type { EndpointId } from '../../domain/events/ids.ts';
import { type CommandAction, lifetimeSeconds, signCommand } from '../../domain/response/command.ts';
import type { Session } from '../../ports/accounts.ts';
import { mostOpen } from '../../ports/commands.ts';
import { instantOf } from '../../ports/instant.ts';
import { authorOf } from '../author.ts';
import { notFound, problem } from '../problem.ts';
import { route } from '../route.ts';
import * as schema from '../schemas/commands.ts';
import { idParameter } from '../schemas/scalars.ts';
import type { ApiServices } from '../services.ts';

export const responseRoutes = [
  route({
    method: 'GET',
    path: '/endpoints/:id/commands',
    access: 'viewer',
    tag: 'response',
    summary: 'Commands to an endpoint and what came of them, newest first',
    params: idParameter,
    query: schema.commandsQuery,
    reply: schema.commandPage,
    handle: ({ params, query }, { control, now }) =>
      control.commands.list(params.id as EndpointId, query, instantOf(now())),
  }),
  route({
    method: 'POST',
    path: '/endpoints/:id/kill-process',
    access: 'responder',
    tag: 'response',
    summary: 'Kill a process, known by its exec id: never another one that has its pid by then',
    params: idParameter,
    body: schema.killOrder,
    status: 201,
    reply: schema.command,
    handle: (request, services) => give(request, { kind: 'kill-process', execId: request.body.execId }, services),
  }),
  route({
    method: 'POST',
    path: '/endpoints/:id/isolate',
    access: 'responder',
    tag: 'response',
    summary: 'Cut the host off from every network but this server; a new limit takes the place of the one before',
    params: idParameter,
    body: schema.isolationOrder,
    status: 201,
    reply: schema.command,
    handle: (request, services) => give(request, { kind: 'isolate', minutes: request.body.minutes ?? null }, services),
  }),
  route({
    method: 'POST',
    path: '/endpoints/:id/release',
    access: 'responder',
    tag: 'response',
    summary: 'End the isolation of the host',
    params: idParameter,
    status: 201,
    reply: schema.command,
    handle: (request, services) => give(request, { kind: 'release' }, services),
  }),
  route({
    method: 'POST',
    path: '/endpoints/:id/collect-file',
    access: 'responder',
    tag: 'response',
    summary: 'Get the metadata and SHA-256 of a file; its content stays on the host',
    params: idParameter,
    body: schema.fileOrder,
    status: 201,
    reply: schema.command,
    handle: (request, services) => give(request, { kind: 'collect-file', path: request.body.path }, services),
  }),
];

interface Asking {
  readonly params: { readonly id: string };
  readonly session: Session;
  readonly address: string;
}

async function give(request: Asking, action: CommandAction, { control, config, now }: ApiServices) {
  const { commandKey } = config;
  const endpoint = await control.endpoints.get(request.params.id as EndpointId, instantOf(now()));
  if (endpoint === undefined) return notFound('endpoint');
  if (endpoint.revokedAt !== null)
    return problem(409, 'revoked', 'The key of this endpoint is revoked: it gets no commands.');
  if (endpoint.response === null) {
    return problem(
      409,
      'takes-no-commands',
      'The agent of this endpoint has not asked for commands. Where it runs: make a new key and install the new configuration, which holds command_key.',
    );
  }
  if (endpoint.response.serverKey !== commandKey.publicText) {
    return problem(
      409,
      'another-command-key',
      'The agent trusts another command key than the one of this server, and would refuse: make a new key and install the new configuration.',
    );
  }
  const id = randomUUID();
  const issuedMicros = now();
  const issued = Math.floor(issuedMicros / 1e6);
  const lifetime = lifetimeSeconds[action.kind];
  const order = {
    ...{ id, action, now: issuedMicros, lifetimeSeconds: lifetime },
    sign: (serial: number) =>
      signCommand(
        { id, endpoint: endpoint.id, serial, issued, expires: issued + lifetime, action },
        commandKey.privateKey,
      ),
  };
  const queued = await control.commands.queue(endpoint.id, order, authorOf(request));
  if (queued === 'not-found') return notFound('endpoint');
  return queued === 'too-many'
    ? problem(409, 'too-many-commands', `${mostOpen} commands wait for this endpoint: wait until it has answered some.`)
    : queued;
}
