import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

interface LockedPackage {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly hasInstallScript?: boolean;
  readonly dev?: boolean;
  /** Needed for development, and otherwise only where something else has installed it. */
  readonly devOptional?: boolean;
  /** A gatherd without it works, but for what it is for. */
  readonly optional?: boolean;
}

async function lockedPackages(): Promise<Readonly<Record<string, LockedPackage>>> {
  const text = await readFile(new URL('../../package-lock.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { packages: Record<string, LockedPackage> }).packages;
}

// npm 11 refuses a lock file that lacks one, and on that one's platform the package would not work.
test('the lock file has the native packages of every platform', async () => {
  const packages = await lockedPackages();
  const locked = new Set(Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, '')));
  const wanted = Object.values(packages).flatMap((each) => Object.keys(each.optionalDependencies ?? {}));
  expect(wanted.filter((name) => !locked.has(name))).toEqual([]);
  expect(wanted.length).toBeGreaterThan(20);
});

test('nothing that an installed gatherd needs has an install script', async () => {
  const scripted = Object.entries(await lockedPackages()).filter(
    ([, each]) => each.hasInstallScript === true,
  );
  const needed = scripted.filter(
    ([, { dev, devOptional, optional }]) => dev !== true && devOptional !== true && optional !== true,
  );
  expect(needed).toEqual([]);
});

test.each(['zod', 'express', 'axios', 'jsonwebtoken'])(
  'the licence of %s, which is built in, goes with the package',
  async (name) => {
    const notices = await readFile(new URL('../../dist/THIRD-PARTY-NOTICES.txt', import.meta.url), 'utf8');
    const notice = notices.split(/^== /m).find((each) => each.startsWith(`${name} `));
    expect(notice).toMatch(/: MIT\n[^]*Permission is hereby granted/);
  },
);
