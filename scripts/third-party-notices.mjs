// The licences of the packages that are bundled, which ask to go with each copy.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGE = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;
const NOTICE = /^(?:licen[cs]e|copying|notice)\b.*$/i;

/** The text for the packages that files are of. @param files - as the bundler names them, seen from the root */
export function thirdPartyNotices(root, files) {
  const folders = new Set(files.flatMap((file) => PACKAGE.exec(file)?.[1] ?? []));
  const notices = [...folders].map((folder) => noticeOf(join(root, folder)));
  return `gatherd contains these packages.\n\n${[...new Set(notices)].sort().join('\n')}`;
}

function noticeOf(folder) {
  const manifest = join(folder, 'package.json');
  if (!existsSync(manifest)) throw new Error(`no package: ${folder}`);
  const { name, version, license } = JSON.parse(readFileSync(manifest, 'utf8'));
  const texts = readdirSync(folder)
    .filter((each) => NOTICE.test(each))
    .sort()
    .map((each) => readFileSync(join(folder, each), 'utf8').trim());
  return `== ${name} ${version}: ${license}\n\n${texts.map((text) => `${text}\n`).join('\n')}`;
}
