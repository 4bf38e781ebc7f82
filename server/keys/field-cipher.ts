/** Where a sealed field stands: a text that is moved to another row, column or table does not open there. */
export interface FieldPlace {
  readonly table: string;
  readonly column: string;
  /** The row's id. */
  readonly row: string;
}

/** Seals fields of the database: AES-256-GCM with a random nonce, the place as associated data, under a data key. */
export interface FieldCipher {
  /** The id of the data key that seals now. Rows keep it, so that a rotation finds those that are under another one. */
  readonly keyId: string;
  /**
   * Seals a text of any length. It has to be given to `Database.write` before anything is awaited (or be made in its
   * callback): a rotation waits for the writes that have begun, and then takes it that all else is under the new key.
   */
  seal(place: FieldPlace, text: string): string;
  /** Opens what was sealed under any data key there is. @throws AppError `key.unusable` where it is damaged or of another place */
  open(place: FieldPlace, sealed: string): string;
  /** A keyed hash (HMAC-SHA-256, base64url) by which a text is found without being readable. It stays the same over rotations. */
  lookupHash(column: string, text: string): string;
}
