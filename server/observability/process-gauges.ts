import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, type Registry } from 'prom-client';

const RESOLUTION_MS = 10;
const NANOSECONDS = 1e9;
const MICROSECONDS = 1e6;

/**
 * Shows memory, processor time and how late the event loop is, under the names that dashboards for Node know.
 *
 * They are prom-client's own defaults only in name: those cannot be stopped again.
 *
 * @returns what ends the watching
 */
export function watchProcess(registry: Registry): Disposable {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();

  function show(name: string, help: string, read: () => number): void {
    const gauge = new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        gauge.set(read());
      },
    });
  }

  const startedAt = Date.now() / 1000 - process.uptime();
  show('process_start_time_seconds', 'When the process started, in seconds since 1970.', () => startedAt);
  showProcessorTime(registry);
  show('process_resident_memory_bytes', 'Memory of the process.', () => process.memoryUsage.rss());
  showMemory(show);
  const late = (nanoseconds: number) => Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MS / 1000);
  show('nodejs_eventloop_lag_p50_seconds', 'How late half of the timers were, since the last look.', () =>
    late(delay.percentile(50)),
  );
  show('nodejs_eventloop_lag_p99_seconds', 'How late 1 % of the timers were, since the last look.', () =>
    late(delay.percentile(99)),
  );
  // The last one that is read, so that the next look begins anew.
  show('nodejs_eventloop_lag_max_seconds', 'How late the latest timer was, since the last look.', () => {
    const most = late(delay.max);
    delay.reset();
    return most;
  });
  return {
    [Symbol.dispose]: () => {
      delay.disable();
    },
  };
}

function showProcessorTime(registry: Registry): void {
  const counter = new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Processor time used.',
    registers: [registry],
    collect() {
      const { user, system } = process.cpuUsage();
      counter.reset();
      counter.inc((user + system) / MICROSECONDS);
    },
  });
}

function showMemory(show: (name: string, help: string, read: () => number) => void): void {
  show('nodejs_heap_size_used_bytes', 'Heap in use.', () => process.memoryUsage().heapUsed);
  show('nodejs_heap_size_total_bytes', 'Heap reserved.', () => process.memoryUsage().heapTotal);
  show(
    'nodejs_external_memory_bytes',
    'Memory of buffers and the like.',
    () => process.memoryUsage().external,
  );
}
