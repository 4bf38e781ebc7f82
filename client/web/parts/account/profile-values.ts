import { type AccountChanges, type AccountView, PROFILE_TEXT_NAMES } from '../../../../protocol/accounts.js';
import type { ProfileText } from '../../../../protocol/accounts.js';

/** A field of a profile's form. */
export type ProfileField = ProfileText | 'metadata';

/** What a profile's form holds: texts, metadata as the JSON that is typed. */
export type ProfileValues = Record<ProfileField, string>;

/** Its labels, in the order in which the fields are shown. */
export const PROFILE_LABELS: Readonly<Record<ProfileField, string>> = {
  full_name: 'Full name',
  phone: 'Phone',
  address: 'Address',
  postal_code: 'Postal code',
  city: 'City',
  country: 'Country',
  date_of_birth: 'Date of birth',
  notes: 'Notes',
  metadata: 'Metadata',
};

const FIELDS = Object.keys(PROFILE_LABELS) as readonly ProfileField[];

/** The values for an account's profile; without one, those of an empty profile. */
export function profileValuesOf(account?: AccountView): ProfileValues {
  const texts = Object.fromEntries(PROFILE_TEXT_NAMES.map((name) => [name, account?.[name] ?? '']));
  return { ...(texts as Record<ProfileText, string>), metadata: jsonText(account?.metadata ?? {}) };
}

/** What differs between two states of the form, as the API takes it: what did not change is not sent. */
export function profileChangesOf(before: ProfileValues, now: ProfileValues): AccountChanges {
  const changed = FIELDS.filter((name) => before[name] !== now[name]);
  const entries = changed.map((name) => [name, name === 'metadata' ? metadataIn(now[name]) : now[name]]);
  return Object.fromEntries(entries) as AccountChanges;
}

/** Metadata as it is shown and typed; nothing where there is none. */
function jsonText(metadata: Readonly<Record<string, unknown>>): string {
  return Object.keys(metadata).length === 0 ? '' : JSON.stringify(metadata, null, 2);
}

// What is no JSON stays the text it is, which no schema of metadata takes.
function metadataIn(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
