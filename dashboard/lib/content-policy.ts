/**
 * The content security policy of a page: scripts and style elements only with this request's nonce, nothing from elsewhere.
 *
 * Style attributes stay allowed: the component library and virtual rows set positions and CSS variables with them.
 * @param nonce base64, fresh for each request
 */
export function contentPolicy(nonce: string, development: boolean): string {
  const directives: Record<string, string> = {
    'default-src': "'self'",
    // React's development build evaluates strings; the production build does not.
    'script-src': `'nonce-${nonce}' 'strict-dynamic'${development ? " 'unsafe-eval'" : ''}`,
    'style-src': development ? "'self' 'unsafe-inline'" : `'self' 'nonce-${nonce}'`,
    'style-src-attr': "'unsafe-inline'",
    'img-src': "'self' data:",
    'font-src': "'self'",
    'connect-src': "'self'",
    'object-src': "'none'",
    'base-uri': "'none'",
    'form-action': "'self'",
    'frame-ancestors': "'none'",
  };
  return Object.entries(directives)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ');
}
