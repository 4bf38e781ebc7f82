/** The port where a server's name is given without one. Contract 1. */
export const DEFAULT_PORT = 6174;

const HOST_AND_PORT = /^(\[[0-9a-f:.]+\]|[^\s:/?#@[\]\\%]+)(?::(\d{1,5}))?$/i;

/**
 * Reads a server's address in any form that people write: `host:port`, `host`, `[::1]:6174`, `http://...` and
 * `https://...`. Without a scheme the port is 6174 by default; with one, it is a URL like any other, with the scheme's own
 * default port, and may have a path in front of gatherd's.
 *
 * @param isSecure whether an address without a scheme is HTTPS; else it is plain HTTP
 * @returns the base URL without a slash at its end; undefined where the text is no address.
 */
export function parseServerAddress(text: string, { isSecure = false } = {}): string | undefined {
  const trimmed = text.trim();
  if (/^https?:\/\//i.test(trimmed)) return baseUrl(trimmed);
  const [, host = '', port = String(DEFAULT_PORT)] = HOST_AND_PORT.exec(trimmed) ?? [];
  return host === '' || Number(port) === 0
    ? undefined
    : baseUrl(`${isSecure ? 'https' : 'http'}://${host}:${port}`);
}

/**
 * Reads `host:port`, `host` or `[::1]:port`.
 *
 * @returns the host without brackets, and the port where there is one; undefined where the text is no address.
 */
export function parseHostAndPort(
  text: string,
): { readonly host: string; readonly port: number | undefined } | undefined {
  const [, host = '', port] = HOST_AND_PORT.exec(text.trim()) ?? [];
  const isPort = port === undefined || (Number(port) > 0 && Number(port) < 65_536);
  if (host === '' || !isPort) return undefined;
  return { host: host.replace(/^\[|\]$/g, ''), port: port === undefined ? undefined : Number(port) };
}

function baseUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const hasExtras = url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '';
  if (hasExtras || url.hostname === '') return undefined;
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}
