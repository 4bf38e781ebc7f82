import { userPathPart } from '../../api/accounts/user-path-part.js';

/** Where a user is made. No user has this name. */
export const NEW_USER = '/~new';

/** The path of a user's page, below that of all users. */
export function userPath(name: string): string {
  return `/${userPathPart(name)}`;
}

/** The name in such a path; the server knows no path that is not well-formed. */
export function nameIn(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // It is no name that anybody has, which the page will say.
    return part;
  }
}
