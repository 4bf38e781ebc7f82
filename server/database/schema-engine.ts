import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import { PrismaLibSql } from '@prisma/adapter-libsql';
import type * as Glue from '@prisma/schema-engine-wasm/schema_engine_bg';

// Node 20's type definitions leave WebAssembly to the DOM's.
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: object } }>;
};

/**
 * Applies the migrations of a Prisma folder to an SQLite database. The engine keeps its record of them in the table
 * `_prisma_migrations`, the same that `prisma migrate` keeps.
 *
 * @param url - `file:` and a path
 */
export async function runMigrations(url: string, prismaFolder: string): Promise<void> {
  const { SchemaEngine, release } = await loadEngine();
  const schema = await readFile(join(prismaFolder, 'schema.prisma'), 'utf8');
  const engine = await SchemaEngine.new(
    { datamodels: [['schema.prisma', schema]] },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(new PrismaLibSql({ url })),
  );
  try {
    await engine.applyMigrations({
      migrationsList: await readMigrations(join(prismaFolder, 'migrations')),
      filters: { externalTables: [], externalEnums: [] },
    });
  } finally {
    engine.free();
    release();
  }
}

interface EngineExports {
  readonly __wbindgen_start: () => void;
  readonly memory: { grow(pages: number): number };
}

// The package's own entry imports the .wasm file as a module, which Node 20 cannot do. Its glue keeps views of one
// engine's memory and hangs with another's: each engine has glue of its own, by an address of its own.
async function loadEngine(): Promise<Pick<typeof Glue, 'SchemaEngine'> & { release: () => void }> {
  const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm');
  const bytes = await readFile(join(entry, '..', 'schema_engine_bg.wasm'));
  const address = pathToFileURL(join(entry, '..', 'schema_engine_bg.js'));
  const glue = (await import(`${address.href}?engine=${randomUUID()}`)) as typeof Glue;
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': { ...glue } });
  glue.__wbg_set_wasm(instance.exports);
  const exports = instance.exports as EngineExports;
  exports.__wbindgen_start();
  const release = () => {
    // Lets go of the engine's memory: growing it detaches the views of it that the glue keeps.
    exports.memory.grow(1);
    glue.__wbg_set_wasm(undefined);
  };
  return { SchemaEngine: glue.SchemaEngine, release };
}

async function readMigrations(baseDir: string) {
  const entries = await readdir(baseDir, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const migrationDirectories = await Promise.all(
    names.sort().map(async (path) => ({
      path,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok' as const, value: await readFile(join(baseDir, path, 'migration.sql'), 'utf8') },
      },
    })),
  );
  const content = await readFile(join(baseDir, 'migration_lock.toml'), 'utf8');
  return {
    baseDir,
    lockfile: { path: 'migration_lock.toml', content },
    shadowDbInitScript: '',
    migrationDirectories,
  };
}
