/** Where to go after the login: a path of this dashboard and nothing else, whatever the address says. */
export function returnPath(from: string | null | undefined): string {
  if (from === null || from === undefined || !/^\/[\w\-./?=&%+:,]*$/.test(from) || from.startsWith('//')) return '/';
  return from.startsWith('/login') || from.startsWith('/password') || from.startsWith('/api/') ? '/' : from;
}
