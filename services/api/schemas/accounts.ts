import { z } from 'zod';
import { page, pageParameters } from './page.ts';
import { email, id, instant, line, typedPassword, userReference } from './scalars.ts';

export const role = z.enum(['viewer', 'analyst', 'responder', 'admin']).meta({ id: 'Role' });

export const account = z
  .object({ id, email: z.string(), name: z.string(), role, mustChangePassword: z.boolean() })
  .meta({ id: 'Account' });

export const credentials = z.strictObject({ email: line(254), password: typedPassword });

export const login = z
  .object({
    token: z.string().describe('Opaque bearer token, shown once'),
    expiresAt: instant.describe('After this moment the session ends whatever is done; it ends earlier when unused'),
    user: account,
  })
  .meta({ id: 'Login' });

export const passwordChange = z.strictObject({
  current: typedPassword,
  next: typedPassword.describe('At least 12 characters, not the mail address, another than the current one'),
});

export const user = z
  .object({
    id,
    email: z.string(),
    name: z.string(),
    role,
    disabled: z.boolean(),
    mustChangePassword: z.boolean(),
    createdAt: instant,
    lastLoginAt: instant.nullable(),
  })
  .meta({ id: 'User' });

export const userPage = page('UserPage', user);
export const usersQuery = z.strictObject({ ...pageParameters, search: line(100).optional() });
export const newUser = z.strictObject({ email, name: line(120), role });
export const userChange = z.strictObject({
  name: line(120).optional(),
  role: role.optional(),
  disabled: z.boolean().optional(),
});
export const userWithPassword = z
  .object({ user, password: z.string().describe('Generated; shown once, to be changed at the first login') })
  .meta({ id: 'UserWithPassword' });

export const assignees = z.object({ items: z.array(userReference) }).meta({ id: 'Assignees' });
