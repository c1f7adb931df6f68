import { randomUUID } from 'node:crypto';
import type { EndpointId } from '../../domain/events/ids.ts';
import { instantOf } from '../../ports/instant.ts';
import { authorOf } from '../author.ts';
import { configurationText } from '../endpoint/configuration.ts';
import { newKeyPair } from '../endpoint/key-pair.ts';
import { usualSubmissionUrl } from '../endpoint/submission-url.ts';
import { notFound, problem } from '../problem.ts';
import { route } from '../route.ts';
import * as schema from '../schemas/endpoints.ts';
import { idParameter } from '../schemas/scalars.ts';
import type { ApiServices } from '../services.ts';

const nameTaken = problem(409, 'name-taken', 'There is an endpoint of this name already.', {
  fields: [{ field: 'body.name', message: 'is taken' }],
});

export const endpointRoutes = [
  route({
    method: 'GET',
    path: '/endpoints',
    access: 'viewer',
    tag: 'endpoints',
    summary: 'Endpoints by name',
    query: schema.endpointsQuery,
    reply: schema.endpointPage,
    handle: ({ query }, { control, now }) => control.endpoints.list(query, query, instantOf(now())),
  }),
  route({
    method: 'POST',
    path: '/endpoints',
    access: 'admin',
    tag: 'endpoints',
    summary: "Add an endpoint; the answer holds the agent's configuration, once",
    body: schema.newEndpoint,
    status: 201,
    reply: schema.endpointWithConfiguration,
    async handle(request, services) {
      const { name } = request.body;
      const id = randomUUID() as EndpointId;
      const { publicKey, seed } = newKeyPair();
      const added = await services.control.endpoints.add({ id, name, publicKey }, authorOf(request));
      if (added === 'name-taken') return nameTaken;
      const endpoint = await services.control.endpoints.get(id, instantOf(services.now()));
      const api = request.body.api ?? usualSubmissionUrl(request.origin, services.config);
      return endpoint === undefined
        ? notFound('endpoint')
        : { endpoint, configuration: configurationText({ api, seed, name, id, ...trusted(services) }) };
    },
  }),
  route({
    method: 'GET',
    path: '/submission-url',
    access: 'admin',
    tag: 'endpoints',
    summary:
      'Where agents submit unless another address is given: PICKET_INGRESS_URL, else the host that was asked for',
    reply: schema.usualSubmissionUrl,
    handle: async ({ origin }, { config }) => ({ api: usualSubmissionUrl(origin, config) }),
  }),
  route({
    method: 'GET',
    path: '/endpoints/:id',
    access: 'viewer',
    tag: 'endpoints',
    summary: 'One endpoint',
    params: idParameter,
    reply: schema.endpoint,
    handle: ({ params }, services) => current(params.id, services),
  }),
  route({
    method: 'GET',
    path: '/endpoints/:id/blind-spans',
    access: 'viewer',
    tag: 'endpoints',
    summary: 'Times in which the endpoint was not seen, or not wholly: the newest 100',
    params: idParameter,
    reply: schema.blindSpans,
    async handle({ params }, { control }) {
      return { items: [...(await control.endpoints.blindSpans(params.id as EndpointId))] };
    },
  }),
  route({
    method: 'PATCH',
    path: '/endpoints/:id',
    access: 'admin',
    tag: 'endpoints',
    summary: 'Rename an endpoint',
    params: idParameter,
    body: schema.endpointRename,
    reply: schema.endpoint,
    async handle(request, services) {
      const { id } = request.params;
      const outcome = await services.control.endpoints.rename(id as EndpointId, request.body.name, authorOf(request));
      if (outcome === 'not-found') return notFound('endpoint');
      return outcome === 'name-taken' ? nameTaken : current(id, services);
    },
  }),
  route({
    method: 'POST',
    path: '/endpoints/:id/rotate-key',
    access: 'admin',
    tag: 'endpoints',
    summary: 'Replace the key; the old one is refused from now on, a revoked endpoint may submit again',
    params: idParameter,
    body: schema.keyRotation,
    reply: schema.endpointWithConfiguration,
    async handle(request, services) {
      const id = request.params.id as EndpointId;
      const { publicKey, seed } = newKeyPair();
      const outcome = await services.control.endpoints.setKey(id, publicKey, authorOf(request));
      const endpoint = await services.control.endpoints.get(id, instantOf(services.now()));
      if (outcome === 'not-found' || endpoint === undefined) return notFound('endpoint');
      const api = request.body?.api ?? usualSubmissionUrl(request.origin, services.config);
      const { name } = endpoint;
      const configuration = configurationText({ api, seed, name, id, ...trusted(services) });
      return { endpoint, configuration };
    },
  }),
  route({
    method: 'POST',
    path: '/endpoints/:id/revoke',
    access: 'admin',
    tag: 'endpoints',
    summary: 'Refuse what this endpoint submits from now on',
    params: idParameter,
    reply: schema.endpoint,
    async handle(request, services) {
      const { id } = request.params;
      const now = instantOf(services.now());
      const outcome = await services.control.endpoints.revoke(id as EndpointId, now, authorOf(request));
      return outcome === 'not-found' ? notFound('endpoint') : current(id, services);
    },
  }),
  route({
    method: 'DELETE',
    path: '/endpoints/:id',
    access: 'admin',
    tag: 'endpoints',
    summary: 'Remove an endpoint with its alerts and baselines; its events stay until they expire',
    params: idParameter,
    async handle(request, { control }) {
      const outcome = await control.endpoints.remove(request.params.id as EndpointId, authorOf(request));
      return outcome === 'not-found' ? notFound('endpoint') : undefined;
    },
  }),
];

/** Whom the agent is to trust. */
const trusted = ({ config: { authority, commandKey } }: ApiServices) => ({
  authority,
  commandKey: commandKey.publicText,
});

async function current(id: string, { control, now }: ApiServices) {
  return (await control.endpoints.get(id as EndpointId, instantOf(now()))) ?? notFound('endpoint');
}
