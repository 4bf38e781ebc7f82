import type { OperationObject } from '../openapi/openapi-types.js';

/** The address that the examples are sent to: where a server listens that nobody has told otherwise. */
const ORIGIN = 'http://127.0.0.1:6174';

/** A command line that tries an operation out, with the first example of its first kind of body. */
export function curlOf(method: string, path: string, { security, requestBody }: OperationObject): string {
  const parts = ['curl'];
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
  return [
    ...parts,
    quoted(`${ORIGIN}${path.replace(/\{(\w+)\}/g, (_, name: string) => name.toUpperCase())}`),
  ].join(' ');
}

// For a POSIX shell.
function quoted(text: string): string {
  return /^[\w:/.-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
