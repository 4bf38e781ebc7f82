// When a load generator measures: not while everything warms up, and not while the last requests are finished.
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSeconds } from './process-stats.mjs';
import { quantile } from './statistics.mjs';

/** Counts what is acknowledged, in all and within the time that is measured. */
export class Measuring {
  /** Whether the time is up: nothing new is to be sent. */
  isOver = false;
  /** What has been acknowledged from the beginning to the end, and how many requests went wrong. */
  acknowledged = 0;
  failures = 0;
  #isOn = false;
  #within = 0;
  #latencies = [];
  #result = {};

  /** Takes note of an answer. @param ms - since it was asked */
  note(messages, ms) {
    this.acknowledged += messages;
    if (!this.#isOn) return;
    this.#within += messages;
    this.#latencies.push(ms);
  }

  /**
   * Measures for a time, after another; or, where there is no such time, until everything is answered.
   *
   * @param pid - of the server
   * @param finished - resolves when everything is answered
   */
  async run({ warmUpSeconds = 0, seconds, pid }, finished) {
    await sleep(warmUpSeconds * 1000);
    const [began, cpu, from] = [performance.now(), cpuSeconds(pid), process.hrtime.bigint()];
    this.#isOn = true;
    await (seconds === undefined ? finished : sleep(seconds * 1000));
    this.#isOn = false;
    const elapsed = (performance.now() - began) / 1000;
    this.#result = {
      perSecond: this.#within / elapsed,
      cpuPerMillion: ((cpuSeconds(pid) - cpu) / this.#within) * 1e6,
      // By the clock of the machine, in microseconds, as profiles have it.
      fromMicros: Number(from / 1000n),
      toMicros: Number(process.hrtime.bigint() / 1000n),
    };
    this.isOver = true;
    await finished;
  }

  /** What has been measured, when everything that was sent is answered. */
  get result() {
    const { acknowledged, failures } = this;
    const [p50, p99] = [quantile(this.#latencies, 0.5), quantile(this.#latencies, 0.99)];
    return { ...this.#result, p50, p99, acknowledged, failures };
  }
}
