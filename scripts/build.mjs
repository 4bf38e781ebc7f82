// Builds everything into dist/: the Prisma client, the server, the client as one file and the console. Types are checked elsewhere.
// With --if-stale it does nothing when dist/ is newer than every source.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleClient, bundleServer } from './bundle.mjs';
import { bundleConsole } from './console.mjs';
import { thirdPartyNotices } from './third-party-notices.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'dist');
const DRAFT = join(ROOT, 'dist.new');
const STAMP = join(DIST, '.built');
const SOURCES = ['server', 'client', 'protocol', 'prisma', 'scripts', 'package.json', 'tsconfig.json'];
const GENERATED = join(ROOT, 'server', 'database', 'generated');

const isWanted = !process.argv.includes('--if-stale') || newestOf(SOURCES) > modifiedAt(STAMP);
if (isWanted) await buildAll();

// Everything is built beside dist/ and takes its place at the end: a server that runs never misses a file.
async function buildAll() {
  rmSync(DRAFT, { recursive: true, force: true });
  generatePrismaClient();
  cpSync(join(ROOT, 'prisma'), join(DRAFT, 'prisma'), { recursive: true });
  const files = [
    ...(await bundleServer(ROOT, join(DRAFT, 'server'))),
    ...(await bundleClient(ROOT, join(DRAFT, 'gather.mjs'))),
    ...(await bundleConsole(ROOT, join(DRAFT, 'console'))),
  ];
  writeFileSync(join(DRAFT, 'THIRD-PARTY-NOTICES.txt'), thirdPartyNotices(ROOT, files));
  writeFileSync(join(DRAFT, '.built'), '');
  rmSync(DIST, { recursive: true, force: true });
  renameSync(DRAFT, DIST);
}

// `prisma generate` needs no engine, but looks for one and would download it; naming any file keeps it offline.
function generatePrismaClient() {
  rmSync(GENERATED, { recursive: true, force: true });
  run('prisma', 'prisma', ['generate'], {
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
  });
}

function run(packageName, binName, args, defaults = {}) {
  const require = createRequire(import.meta.url);
  const manifest = require.resolve(`${packageName}/package.json`);
  const bin = require(manifest).bin;
  const script = join(manifest, '..', typeof bin === 'string' ? bin : bin[binName]);
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    cwd: ROOT,
    env: { ...defaults, ...process.env },
    encoding: 'utf8',
  });
  if (status === 0) return;
  process.stderr.write(`${stdout}${stderr}\n${binName} failed.\n`);
  process.exit(1);
}

function newestOf(paths) {
  return Math.max(...paths.map((path) => newest(join(ROOT, path))));
}

function newest(path) {
  if (path === GENERATED) return 0;
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function modifiedAt(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}
