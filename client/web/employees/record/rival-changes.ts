import { changedFields, type EmployeeTexts, type FieldName } from '../form/employee-texts.js';

/** A field that somebody else has changed since it was read. */
export interface RivalChange {
  readonly name: FieldName;
  /** As it was read. */
  readonly before: string;
  readonly theirs: string;
  /** As it stands in the form: what was typed, or what was read. */
  readonly mine: string;
  /** Whether something was typed there, and something else than theirs: then somebody has to choose. */
  readonly isDisputed: boolean;
}

/** A form after somebody else was quicker. */
export interface Rebased {
  /** What was typed, and theirs where nothing was. */
  readonly texts: EmployeeTexts;
  readonly rivals: readonly RivalChange[];
}

/**
 * Puts what was typed onto what somebody else has made of the record meanwhile.
 *
 * @param before - what was read
 * @param mine - what stands in the form
 * @param theirs - what is there now
 */
export function rebase(before: EmployeeTexts, mine: EmployeeTexts, theirs: EmployeeTexts): Rebased {
  const typed = changedFields(before, mine);
  const kept = Object.fromEntries(typed.map((name) => [name, mine[name]]));
  const rivals = changedFields(before, theirs).map((name) => ({
    name,
    before: before[name],
    theirs: theirs[name],
    mine: mine[name],
    isDisputed: typed.includes(name) && mine[name] !== theirs[name],
  }));
  return { texts: { ...theirs, ...kept }, rivals };
}
