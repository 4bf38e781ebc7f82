import { readFile } from 'node:fs/promises';
import { AppError } from '../errors/app-error.js';

/** A file, and the setting that names it. */
export interface TlsFile {
  readonly setting: string;
  readonly path: string;
}

/** The error of a file that cannot be used: it names the setting, the file and the reason. */
export function fileProblem({ setting, path }: TlsFile, reason: string, cause?: unknown): AppError {
  return new AppError('config.invalid', { details: { problems: `${setting}: ${path} ${reason}` }, cause });
}

/** Reads a file as text. @throws AppError `config.invalid` */
export async function readTlsFile(file: TlsFile): Promise<string> {
  try {
    return await readFile(file.path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw fileProblem(file, `cannot be read (${code})`, error);
  }
}

/** The blocks of a kind in a text of PEM, RFC 7468, each with its lines of dashes. */
export function pemBlocks(text: string, label: string): string[] {
  return text.match(new RegExp(`-----BEGIN ${label}-----[^-]*-----END ${label}-----`, 'g')) ?? [];
}
