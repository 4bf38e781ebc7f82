import { AppError } from '../errors/app-error.js';
import { Prisma } from './generated/client.js';

const UNIQUE_VIOLATION = 'P2002';

/** Runs one call of the database; whatever goes wrong there is `database.unavailable`. @throws AppError */
export async function databaseCall<Result>(call: () => PromiseLike<Result>): Promise<Result> {
  try {
    return await call();
  } catch (cause) {
    throw new AppError('database.unavailable', { cause });
  }
}

/** Runs an insert; answers whether it was made, that is, whether its keys were free. @throws AppError */
export async function insertIfFree(insert: () => PromiseLike<unknown>): Promise<boolean> {
  try {
    await insert();
    return true;
  } catch (cause) {
    if (cause instanceof Prisma.PrismaClientKnownRequestError && cause.code === UNIQUE_VIOLATION)
      return false;
    throw new AppError('database.unavailable', { cause });
  }
}
