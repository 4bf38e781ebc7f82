import { parentPort, workerData } from 'node:worker_threads';
import { doSealTask, type SealTask } from './seal-segment.js';

// A thread for one task: its memory goes with it, and ending it in the middle is as safe as a kill of the process.
parentPort?.postMessage(await doSealTask(workerData as SealTask));
