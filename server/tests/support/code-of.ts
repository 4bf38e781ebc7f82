import { AppError } from '../../errors/app-error.js';

/** The code of the error that a promise rejects with; undefined where it does not. Other errors are thrown on. */
export async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return error.code;
  }
}
