/** A part of what a client says it is, and what people call it; the first that fits counts. */
type Names = readonly (readonly [pattern: RegExp, name: string])[];

const BROWSERS: Names = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\//, 'Firefox'],
  [/\b(?:Headless)?Chrom(?:e|ium)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];

const SYSTEMS: Names = [
  [/\bAndroid\b/, 'Android'],
  [/\b(?:iPhone|iPad)\b/, 'iOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
];

/** What a client said it is, as people call it: a browser by its name and system, other programs as they call themselves. */
export function clientWords(client: string): string {
  if (client === '') return 'Unknown client';
  const browser = client.startsWith('Mozilla/') ? nameIn(BROWSERS, client) : undefined;
  if (browser === undefined) return client;
  const system = nameIn(SYSTEMS, client);
  return system === undefined ? browser : `${browser} on ${system}`;
}

function nameIn(names: Names, client: string): string | undefined {
  return names.find(([pattern]) => pattern.test(client))?.[1];
}
