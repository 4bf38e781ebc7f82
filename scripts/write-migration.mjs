// Writes the migration that leads from the models as they were committed last to those in prisma/: what `prisma
// migrate dev --create-only` does, without its downloaded engine, which would apply the migrations so far to a database
// of its own (this one does not get beyond their first statement). Usage: node scripts/write-migration.mjs NAME
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PrismaLibSql } from '@prisma/adapter-libsql';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg';

const PRISMA = fileURLToPath(new URL('../prisma/', import.meta.url));
const MIGRATIONS = join(PRISMA, 'migrations');

const [name] = process.argv.slice(2);
if (name === undefined || !/^[a-z0-9_]+$/.test(name))
  throw new Error('usage: node scripts/write-migration.mjs NAME');

const schema = { path: 'schema.prisma', content: readFileSync(join(PRISMA, 'schema.prisma'), 'utf8') };
const committed = { path: 'schema.prisma', content: gitShow('HEAD:prisma/schema.prisma') };
const engine = await openEngine();
const { stdout } = await engine.diff({
  from: { tag: 'schemaDatamodel', files: [committed] },
  to: { tag: 'schemaDatamodel', files: [schema] },
  script: true,
  shadowDatabaseUrl: null,
  exitCode: null,
  filters: { externalTables: [], externalEnums: [] },
});
const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
const folder = join(MIGRATIONS, `${stamp}_${name}`);
mkdirSync(folder);
writeFileSync(join(folder, 'migration.sql'), stdout);
process.stdout.write(`${folder}/migration.sql\n`);

async function openEngine() {
  const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm');
  const bytes = readFileSync(join(entry, '..', 'schema_engine_bg.wasm'));
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': { ...glue } });
  glue.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaLibSql({ url: ':memory:' }));
  return glue.SchemaEngine.new({ datamodels: [[schema.path, schema.content]] }, () => undefined, adapter);
}

function gitShow(object) {
  return execFileSync('git', ['show', object], { cwd: PRISMA, encoding: 'utf8' });
}
