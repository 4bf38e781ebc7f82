import { appendFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { until } from '../../server/tests/support/until.js';
import type { StartedCli } from './support/gather-cli.js';
import { linesOf, numbered, SpoolRig } from './support/spool-rig.js';

const IS_LONG = process.env['GATHERD_TEST_LONG'] === '1';
// Three kill the client, the server, and both.
const ROUNDS = IS_LONG ? 100 : 3;
const PIECES = 16;

/** A followed log that is rotated with one old file kept, and whoever follows it. */
class Run {
  readonly #rig: SpoolRig;
  readonly #path: string;
  #follower: StartedCli;
  #written = 1;

  constructor(rig: SpoolRig) {
    this.#rig = rig;
    this.#path = join(rig.directory, 'app.log');
    this.#follower = this.#follow();
  }

  get written(): number {
    return this.#written;
  }

  #follow(): StartedCli {
    return this.#rig.start('follow', '--from', 'start', this.#path);
  }

  /** Writes a burst, rotates somewhere in it, and kills this and that at another place. */
  async round(number: number): Promise<void> {
    const rotateAt = Math.floor(Math.random() * PIECES);
    const killAt = Math.floor(Math.random() * PIECES);
    let firstAfter = 0;
    for (let piece = 0; piece < PIECES; piece += 1) {
      if (piece === rotateAt) firstAfter = await this.#rotate();
      if (piece === killAt) await this.#kill(number);
      await this.#write(Math.floor(Math.random() * 400) + 1);
      await sleep(Math.random() * 30);
    }
    // The next rotation takes the old file away: what was in it must have been read by then.
    await until('the new file', async () => indexOf(await this.#rig.lastDumped()) >= firstAfter);
  }

  async #kill(number: number): Promise<void> {
    const isServer = number % 3 !== 0;
    const isClient = number % 3 !== 1;
    if (isClient) this.#follower.child.kill('SIGKILL');
    if (isServer) await this.#rig.killServer();
    await this.#write(50);
    await sleep(Math.random() * 200);
    if (isClient) {
      await this.#follower.run;
      this.#follower = this.#follow();
    }
    if (isServer) await this.#rig.restartServer();
  }

  async #rotate(): Promise<number> {
    await rename(this.#path, `${this.#path}.1`);
    await writeFile(this.#path, linesOf(numbered(1, this.#written)));
    this.#written += 1;
    return this.#written - 1;
  }

  async #write(count: number): Promise<void> {
    await appendFile(this.#path, linesOf(numbered(count, this.#written)));
    this.#written += count;
  }
}

function indexOf(message: string | undefined): number {
  return Number(message?.slice('line '.length) ?? -1);
}

test(
  `each line is sent once and in order, whoever is killed when, while one old file is kept: ${String(ROUNDS)} times`,
  async () => {
    await using rig = await SpoolRig.create();
    await rig.moveServerToProcess();
    await writeFile(join(rig.directory, 'app.log'), linesOf(numbered(1)));
    const run = new Run(rig);
    // What was rotated away before it was followed for the first time is nobody's to send.
    await rig.arrived(1);
    for (let number = 0; number < ROUNDS; number += 1) await run.round(number);
    const last = `line ${String(run.written - 1)}`;
    await until(last, async () => (await rig.lastDumped()) === last);
    expect(await rig.dumped()).toEqual(numbered(run.written));
  },
  IS_LONG ? 3_600_000 : 180_000,
);

test('many rotations in a row lose nothing while follow runs', async () => {
  await using rig = await SpoolRig.create();
  const path = join(rig.directory, 'app.log');
  await writeFile(path, linesOf(numbered(1)));
  rig.start('follow', '--from', 'start', path);
  await rig.arrived(1);
  for (let number = 1; number < 10; number += 1) {
    await rename(path, `${path}.1`);
    await writeFile(path, linesOf(numbered(1, number)));
    await sleep(300);
  }
  expect(await rig.arrived(10)).toEqual(numbered(10));
});
