import type { UserId } from '../../ports/accounts.ts';
import { authorOf } from '../author.ts';
import { generatePassword } from '../passwords/generate.ts';
import { notFound, problem } from '../problem.ts';
import { route } from '../route.ts';
import * as schema from '../schemas/accounts.ts';
import { idParameter } from '../schemas/scalars.ts';

const lastAdmin = problem(
  409,
  'last-admin',
  'This is the last enabled admin: make somebody else an admin before, or nobody could administer Picket.',
);

export const userRoutes = [
  route({
    method: 'GET',
    path: '/users',
    access: 'admin',
    tag: 'users',
    summary: 'Users by mail address',
    query: schema.usersQuery,
    reply: schema.userPage,
    handle: ({ query }, { control }) => control.users.list(query, query),
  }),
  route({
    method: 'POST',
    path: '/users',
    access: 'admin',
    tag: 'users',
    summary: 'Add a user with a generated password',
    body: schema.newUser,
    status: 201,
    reply: schema.userWithPassword,
    async handle(request, { control, passwords }) {
      const password = generatePassword();
      const passwordHash = await passwords.hash(password);
      const user = await control.users.create(
        { ...request.body, passwordHash, mustChangePassword: true },
        authorOf(request),
      );
      return user === 'email-taken'
        ? problem(409, 'email-taken', 'There is a user with this mail address already.', {
            fields: [{ field: 'body.email', message: 'is taken' }],
          })
        : { user, password };
    },
  }),
  route({
    method: 'PATCH',
    path: '/users/:id',
    access: 'admin',
    tag: 'users',
    summary: 'Rename a user, change the role, disable or enable; role and disabling end the sessions of the user',
    params: idParameter,
    body: schema.userChange,
    reply: schema.user,
    async handle(request, { control }) {
      const changed = await control.users.change(request.params.id as UserId, request.body, authorOf(request));
      if (changed === 'not-found') return notFound('user');
      return changed === 'last-admin' ? lastAdmin : changed;
    },
  }),
  route({
    method: 'POST',
    path: '/users/:id/reset-password',
    access: 'admin',
    tag: 'users',
    summary: 'Give a user a new generated password; the sessions of the user end',
    params: idParameter,
    reply: schema.userWithPassword,
    async handle(request, { control, passwords }) {
      const password = generatePassword();
      const hash = await passwords.hash(password);
      const id = request.params.id as UserId;
      const user = await control.users.setPassword(id, { hash, mustChange: true }, authorOf(request));
      return user === 'not-found' ? notFound('user') : { user, password };
    },
  }),
  route({
    method: 'DELETE',
    path: '/users/:id',
    access: 'admin',
    tag: 'users',
    summary: 'Remove a user; what the user did stays in history and audit log',
    params: idParameter,
    async handle(request, { control }) {
      const outcome = await control.users.remove(request.params.id as UserId, authorOf(request));
      if (outcome === 'not-found') return notFound('user');
      return outcome === 'last-admin' ? lastAdmin : undefined;
    },
  }),
  route({
    method: 'GET',
    path: '/assignees',
    access: 'viewer',
    tag: 'alerts',
    summary: 'Who can be given an alert: the enabled analysts and admins',
    reply: schema.assignees,
    handle: async (_, { control }) => ({ items: await control.users.assignees() }),
  }),
];
