const BROWSERS = [
  ['Edge', /\bEdgA?\/(\d+)/],
  ['Opera', /\bOPR\/(\d+)/],
  ['Samsung Internet', /\bSamsungBrowser\/(\d+)/],
  ['Firefox', /\b(?:Firefox|FxiOS)\/(\d+)/],
  ['Chrome', /\b(?:HeadlessChrome|Chrome|CriOS)\/(\d+)/],
  ['Safari', /\bVersion\/(\d+)[\d.]* .*\bSafari\//],
] as const;

const SYSTEMS = [
  ['Android', /\bAndroid\b/],
  ['iOS', /\b(?:iPhone|iPad|iPod)\b/],
  ['Windows', /\bWindows\b/],
  ['macOS', /\bMac OS X\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['Linux', /\bLinux\b/],
] as const;

/** What a client said it is, as people read it: `Firefox 140 on Linux`. What is no browser is left as it is. */
export function clientName(client: string): string {
  if (client === '') return 'not said';
  if (!client.startsWith('Mozilla/')) return client;
  const browser = BROWSERS.map(([name, mark]) => [name, mark.exec(client)?.[1]] as const).find(
    ([, version]) => version !== undefined,
  );
  if (browser === undefined) return client;
  const [name, version = ''] = browser;
  const system = SYSTEMS.find(([, mark]) => mark.test(client))?.[0];
  return `${name} ${version}${system === undefined ? '' : ` on ${system}`}`;
}
