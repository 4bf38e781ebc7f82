import { Gauge, type Registry } from 'prom-client';

/** Reads a gauge now. */
export type GaugeReading = () => number | Promise<number>;

const GAUGES = {
  queueBytes: ['gatherd_queue_bytes', 'Bytes of messages that wait to be written.'],
  receivingBytes: ['gatherd_receiving_bytes', 'Bytes of request bodies that are not complete yet.'],
  dumpBytes: ['gatherd_dump_bytes', 'Bytes of the dump, all of its segments together.'],
  segments: ['gatherd_dump_segments', 'Segments of the dump, the live one included.'],
  freeBytes: ['gatherd_disk_free_bytes', 'Bytes free for gatherd on the disk of the dump.'],
  sessions: ['gatherd_sessions', 'Live sessions.'],
  producers: ['gatherd_producers', 'Numbered streams of messages that are remembered.'],
  subscriptions: ['gatherd_feed_connections', 'Connections to the live feed and the chat.'],
  feedBytes: ['gatherd_feed_buffer_bytes', 'Bytes of the live feed that are kept in memory.'],
  connections: ['gatherd_open_connections', 'Open HTTP connections.'],
  certificateExpiry: [
    'gatherd_tls_certificate_expiry_timestamp_seconds',
    'Until when the certificate is good, in seconds since 1970.',
  ],
} as const;

/** The gauges that the wiring knows how to read. */
export type GaugeName = keyof typeof GAUGES;

/**
 * Registers the gauges. One is shown as soon as there is a function to read it.
 *
 * @returns the functions by name, to be filled in
 */
export function registerGauges(registry: Registry): Partial<Record<GaugeName, GaugeReading>> {
  const readings: Partial<Record<GaugeName, GaugeReading>> = {};
  for (const key of Object.keys(GAUGES) as GaugeName[]) {
    const [name, help] = GAUGES[key];
    const gauge = new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        gauge.remove();
        const value = await valueOf(readings[key]);
        if (value !== undefined) gauge.set(value);
      },
    });
  }
  return readings;
}

// What cannot be read now, a disk that does not answer for example, must not hide everything else.
async function valueOf(read: GaugeReading | undefined): Promise<number | undefined> {
  try {
    return await read?.();
  } catch {
    return undefined;
  }
}
