import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { basename } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { doHashTask, type HashTask } from './hash-task.js';

const NICENESS = 10;

giveWay();
const pepper = Buffer.from(workerData as Uint8Array);
parentPort?.on('message', (task: HashTask) => {
  void doHashTask(task, pepper).then((outcome) => parentPort?.postMessage(outcome));
});

// Where there are fewer cores than work, messages go first. Only Linux has priorities of threads, under their own ids.
function giveWay(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), NICENESS);
  } catch {
    // Without /proc it works as well, if not as quietly.
  }
}
