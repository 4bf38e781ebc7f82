import { Counter, Histogram, type Registry } from 'prom-client';

/** The name of all routes that are none. */
export const OTHER_ROUTE = 'other';

/** The status of an answer that did not leave as a whole. */
export const CUT_OFF = 0;

interface Route {
  readonly labels: { readonly method: string; readonly route: string };
  readonly duration: Histogram.Internal<'method' | 'route'>;
  /** How many by status. They are added up here, because a counter with labels takes ten times as long. */
  readonly counts: Map<number, number>;
}

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counts requests by method, route and status, and how long they took. */
export class RequestRecorder {
  readonly #routes = new Map<string, Route>();
  readonly #duration;

  constructor(registry: Registry) {
    const routes = this.#routes;
    new Counter({
      name: 'gatherd_http_requests_total',
      help: 'Requests, by the status of their answer; 0 where it could not be sent as a whole.',
      labelNames: ['method', 'route', 'status'],
      registers: [registry],
      collect() {
        this.reset();
        for (const { labels, counts } of routes.values())
          for (const [status, count] of counts) this.inc({ ...labels, status }, count);
      },
    });
    this.#duration = new Histogram({
      name: 'gatherd_http_request_duration_seconds',
      help: 'From the headers of a request to the end of its answer.',
      labelNames: ['method', 'route'],
      buckets: SECONDS,
      registers: [registry],
    });
  }

  /**
   * Counts one.
   *
   * @param name - a method and a path with placeholders, such as `GET /v1/producers/{id}`, or {@link OTHER_ROUTE};
   *   each is kept for good, so they must be of a fixed set
   * @param status - of the answer, or {@link CUT_OFF}
   */
  record(name: string, status: number, seconds: number): void {
    const { counts, duration } = this.#routes.get(name) ?? this.#add(name);
    counts.set(status, (counts.get(status) ?? 0) + 1);
    duration.observe(seconds);
  }

  #add(name: string): Route {
    const [method = OTHER_ROUTE, path = OTHER_ROUTE] = name.split(' ');
    const labels = { method, route: path };
    const route = { labels, duration: this.#duration.labels(labels), counts: new Map<number, number>() };
    this.#routes.set(name, route);
    return route;
  }
}
