import { pino, type Logger as PinoLogger } from 'pino';
import pretty from 'pino-pretty';

/** Logs are sentences with fields. ERROR means that someone must act. What senders write is never in the sentence. */
export type Logger = PinoLogger;

/**
 * Makes the logger: JSON lines on standard error, or coloured text where that is a terminal.
 *
 * @param level - the least severe level to write
 */
export function createLogger(level: string, isTerminal: boolean): Logger {
  const options = { level, base: null };
  if (isTerminal)
    return pino(options, pretty({ destination: 2, sync: true, translateTime: 'SYS:HH:MM:ss.l' }));
  return pino({ ...options, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2));
}
