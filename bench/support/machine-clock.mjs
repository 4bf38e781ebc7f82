// A clock that all processes of this machine share.

/** What this process's own clock showed less when the machine's was read. */
const OFFSET = Number(process.hrtime.bigint() / 1000n) - performance.now() * 1000;

/** Microseconds since the machine started, with fractions. */
export function machineMicros() {
  return OFFSET + performance.now() * 1000;
}
