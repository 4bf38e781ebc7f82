import { PROFILE_TEXT_NAMES } from '../../../../protocol/accounts.js';
import type { Permission } from '../../../../protocol/permissions.js';
import { UnusableFile } from '../files/foreign-file.js';

/** What users can be imported from. docs/importing.md says what each is. */
export const IMPORT_FORMATS = ['users-service', 'gatherer', 'records', 'csv'] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

/** How many users a file may have. */
export const MAX_FOREIGN_USERS = 100_000;

/** The fields that are taken beside name and password, under contract 2's names. */
export const FOREIGN_FIELDS: ReadonlySet<string> = new Set([
  'email',
  ...PROFILE_TEXT_NAMES,
  'metadata',
  'role',
  'status',
  'created_at',
  'updated_at',
  'last_login',
]);

/** A password as another system has it. */
export type ForeignPassword =
  /** A hash that a login can check; see `PASSWORD_FORMATS`. */
  | { readonly kind: 'stored'; readonly stored: string }
  /** The password itself. */
  | { readonly kind: 'plain'; readonly text: string }
  | { readonly kind: 'none' };

/** A user as another system has it: nothing but the password and the permissions has been looked at. */
export interface ForeignUser {
  /** Where it stands: the line of a CSV, else its place among the users, from 1. */
  readonly row: number;
  readonly name: string;
  readonly password: ForeignPassword;
  /** Whatever else is known of it, as it stands there; see {@link FOREIGN_FIELDS}. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Null: those of the role. */
  readonly permissions: readonly Permission[] | null;
}

/** A user that cannot be read. */
export interface DamagedUser {
  readonly row: number;
  /** Undefined where not even that can be read. */
  readonly name: string | undefined;
  readonly damage: string;
}

/** What was read of a file. */
export interface ForeignUsers {
  readonly format: ImportFormat;
  readonly users: readonly (ForeignUser | DamagedUser)[];
  /** What an operator should know of the file as a whole. */
  readonly warnings: readonly string[];
}

/** @throws UnusableFile where there are more users than a file may have */
export function checkUserCount(count: number): void {
  if (count > MAX_FOREIGN_USERS)
    throw new UnusableFile(`it has more than ${String(MAX_FOREIGN_USERS)} users`);
}
