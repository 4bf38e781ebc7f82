import type { OperationObject } from '../openapi/openapi-types.js';

/** Stands for the host and port that the examples are sent to; no host has this name. */
const HOST_MARK = 'host.invalid';

/** Where a server listens that nobody has told otherwise. */
const DEFAULT_HOST = '127.0.0.1:6174';

/** Has the command lines in a text sent to a host; to the usual one where it is none that can stand between quotes. */
export function commandsTo(host: string, text: string): string {
  const shown = /^[\w.:[\]-]+$/.test(host) ? host : DEFAULT_HOST;
  return text.replaceAll(HOST_MARK, () => shown);
}

/**
 * A command line that tries an operation out, with the first example of its first kind of body; {@link commandsTo} puts in whom it
 * is sent to.
 */
export function curlOf(
  method: string,
  path: string,
  { security, requestBody }: OperationObject,
  isSecure: boolean,
): string {
  const parts = isSecure ? ['curl', '--cacert ca.crt'] : ['curl'];
  // A requirement that goes without, too, is left out.
  if (security?.length === 1) parts.push(`-H "Authorization: Bearer $TOKEN"`);
  const [body] = Object.entries(requestBody?.content ?? {});
  if (body !== undefined) {
    const [mediaType, { examples }] = body;
    parts.push(
      `-H 'Content-Type: ${mediaType}'`,
      `-d ${quoted(JSON.stringify(Object.values(examples)[0]?.value))}`,
    );
  } else if (method !== 'get') parts.push(`-X ${method.toUpperCase()}`);
  const at = path.replace(/\{(\w+)\}/g, (_, name: string) => name.toUpperCase());
  return [...parts, quoted(`${isSecure ? 'https' : 'http'}://${HOST_MARK}${at}`)].join(' ');
}

// For a POSIX shell.
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
