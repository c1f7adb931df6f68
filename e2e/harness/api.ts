/** The HTTP API as a customer's script uses it. */

export interface Api {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
  patch<T>(path: string, body: unknown): Promise<T>;
}

export interface Login {
  readonly email: string;
  readonly password: string;
}

/** Logs in; where the first password has to be changed, changes it to `newPassword`. */
export async function logIn(apiUrl: string, { email, password }: Login, newPassword: string): Promise<Api> {
  const { token, user } = await request<{ token: string; user: { mustChangePassword: boolean } }>(
    apiUrl,
    '',
    'POST',
    '/login',
    {
      email,
      password,
    },
  );
  if (!user.mustChangePassword) return client(apiUrl, token);
  await request(apiUrl, token, 'POST', '/me/password', { current: password, next: newPassword });
  return logIn(apiUrl, { email, password: newPassword }, newPassword);
}

/** Milliseconds; nothing that a person asks takes as long. */
const answerPatience = 30_000;

function client(apiUrl: string, token: string): Api {
  return {
    get: path => request(apiUrl, token, 'GET', path),
    post: (path, body) => request(apiUrl, token, 'POST', path, body ?? {}),
    patch: (path, body) => request(apiUrl, token, 'PATCH', path, body),
  };
}

async function request<T>(apiUrl: string, token: string, method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${apiUrl}/api/v1${path}`, {
    method,
    signal: AbortSignal.timeout(answerPatience),
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}
