import { Counter, Histogram, Registry } from 'prom-client';
import { ERROR_TABLE, type ErrorCode } from '../errors/error-table.js';
import { registerGauges, type GaugeName, type GaugeReading } from './gauges.js';
import { watchProcess } from './process-gauges.js';
import { RequestRecorder } from './request-recorder.js';

/** Messages that were stored together. */
export interface MessageMeasure {
  readonly count: number;
  /** As JSON. */
  readonly bytes: number;
  /** Those that were known already, which are in neither. */
  readonly duplicates: number;
}

/** A commit of the dump that is durable. */
export interface CommitMeasure {
  readonly records: number;
  /** As they stand in the dump. */
  readonly bytes: number;
  /** From the first write to the end of the sync, in milliseconds. */
  readonly ms: number;
}

const COMMIT_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const COMMIT_RECORDS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];

/**
 * What this server counts, for Prometheus, in a registry of its own. Recording is a fraction of a microsecond; the
 * functions are bound, so that each who records is given its own one only. Labels come from fixed sets: what a sender
 * writes never becomes one.
 */
export class Metrics implements Disposable {
  readonly #registry = new Registry();
  readonly #requests = new RequestRecorder(this.#registry);
  readonly #refusals = this.#refusalCounters();
  readonly #messages = this.#counter('gatherd_messages_total', 'Messages stored.');
  readonly #messageBytes = this.#counter(
    'gatherd_message_bytes_total',
    'Bytes of the messages stored, as JSON.',
  );
  readonly #duplicates = this.#counter(
    'gatherd_duplicate_messages_total',
    'Messages acknowledged and not stored again: their numbers were known.',
  );
  readonly #commitSeconds = this.#histogram(
    'gatherd_commit_duration_seconds',
    'How long a write to the dump and its sync took.',
    COMMIT_SECONDS,
  );
  readonly #commitRecords = this.#histogram(
    'gatherd_commit_records',
    'How many records went to the dump with one sync.',
    COMMIT_RECORDS,
  );
  readonly #commitBytes = this.#counter('gatherd_dump_written_bytes_total', 'Bytes written to the dump.');
  readonly #readings = registerGauges(this.#registry);
  readonly #process = watchProcess(this.#registry);

  /** A request was answered. @param route - one of a fixed set, as {@link RequestRecorder} takes it */
  readonly onRequest = (route: string, status: number, seconds: number): void => {
    this.#requests.record(route, status, seconds);
  };

  /** A request was refused. */
  readonly onRefusal = (code: ErrorCode): void => {
    this.#refusals[code].inc();
  };

  /** A request's messages are stored. */
  readonly onMessages = ({ count, bytes, duplicates }: MessageMeasure): void => {
    this.#messages.inc(count);
    this.#messageBytes.inc(bytes);
    if (duplicates > 0) this.#duplicates.inc(duplicates);
  };

  /** A commit is durable. */
  readonly onCommit = ({ records, bytes, ms }: CommitMeasure): void => {
    this.#commitSeconds.observe(ms / 1000);
    this.#commitRecords.observe(records);
    this.#commitBytes.inc(bytes);
  };

  /**
   * Says where to read gauges when they are asked for. One that nobody reads, or that cannot be read now, is not shown.
   */
  watch(readings: Readonly<Partial<Record<GaugeName, GaugeReading>>>): void {
    Object.assign(this.#readings, readings);
  }

  /** Everything, as Prometheus reads it. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** The Content-Type of {@link text}. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  [Symbol.dispose](): void {
    this.#process[Symbol.dispose]();
    this.#registry.clear();
  }

  #counter(name: string, help: string): Counter {
    return new Counter({ name, help, registers: [this.#registry] });
  }

  #histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name, help, buckets, registers: [this.#registry] });
  }

  // All of them exist from the start: a rate of what has not happened yet is zero and not unknown.
  #refusalCounters(): Readonly<Record<ErrorCode, Counter.Internal>> {
    const counter = new Counter({
      name: 'gatherd_refusals_total',
      help: 'Requests refused, by the code of the error.',
      labelNames: ['code'],
      registers: [this.#registry],
    });
    const codes = Object.keys(ERROR_TABLE) as ErrorCode[];
    const children = codes.map((code) => {
      const child = counter.labels(code);
      child.inc(0);
      return [code, child] as const;
    });
    return Object.fromEntries(children) as Record<ErrorCode, Counter.Internal>;
  }
}
