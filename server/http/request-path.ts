/**
 * The path of a request as routes of Express match it, which the original's were: without an origin, a query and a
 * fragment, in lower case, without a slash at the end.
 */
export function requestPath(url: string): string {
  const path = url.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
  return path.toLowerCase().replace(/\/$/, '') || '/';
}
