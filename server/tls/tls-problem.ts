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

/** Makes something of a file's text; whatever is thrown meanwhile is the file's problem. */
export function parseOf<Parsed>(file: TlsFile, reason: string, make: () => Parsed): Parsed {
  try {
    return make();
  } catch (error) {
    throw fileProblem(file, reason, error);
  }
}

/** The blocks of a kind in a text of PEM, RFC 7468, each with its lines of dashes. */
export function pemBlocks(text: string, label: string): string[] {
  return text.match(new RegExp(`-----BEGIN ${label}-----[^-]*-----END ${label}-----`, 'g')) ?? [];
}
