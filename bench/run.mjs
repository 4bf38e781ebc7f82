// Runs a benchmark by its name. Usage: npm run bench -- NAME [OPTIONS]
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const BENCHMARKS = {
  single: 'one MESSAGE a request, against bare Express and bare node:http',
  bulk: 'POST /v1/messages, against bare node:http that only counts lines',
  pipe: 'a large file through gather pipe, against curl',
  growth: 'whether it stays as fast and as small while the dump grows',
  query: 'reading the dump back',
  'login-storm': 'how long a MESSAGE takes while everybody logs in',
  feed: 'the live feed, against a bare ws server that sends on what it is sent',
  profile: 'where the time goes: the functions of the server by their own time',
};

const name = process.argv[2] ?? '';
const url = new URL(`${name}.mjs`, import.meta.url);
if (Object.hasOwn(BENCHMARKS, name) && existsSync(url)) {
  // It finds its options where it would find them without this program.
  process.argv.splice(1, 2, fileURLToPath(url));
  await import(url.href);
} else {
  const lines = Object.entries(BENCHMARKS).map(([each, what]) => `  ${each.padEnd(11)} ${what}`);
  process.stderr.write(`Usage: npm run bench -- NAME [OPTIONS]\n${lines.join('\n')}\n`);
  process.exitCode = 2;
}
