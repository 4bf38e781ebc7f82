import { userPathPart } from '../../../api/accounts/user-path-part.js';

/** Where a user is made. No user has this name. */
export const NEW_USER = '/~new';

/** The path of a user's page, below that of all users. */
export function userPath(name: string): string {
  return `/${userPathPart(name)}`;
}

/** The name in such a path; undefined where it is none. */
export function nameIn(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
