import type * as z from 'zod';

/** One setting: its flag is the name in kebab-case, its environment variable is `env`. */
export interface SettingDefinition<Value> {
  readonly env: string;
  readonly kind: z.ZodType<Value, string>;
  /** As an operator would write it; undefined where there is none. */
  readonly fallback?: string;
  /** What `--help` shows in place of the value; absent for a flag without one. */
  readonly placeholder?: string;
  readonly help: string;
  /** A secret has no flag for its value; it is read from the environment or from the file that `…_FILE` names. */
  readonly isSecret?: true;
}

/** A setting that has a value of one kind. */
export function define<Value>(
  env: string,
  kind: z.ZodType<Value, string>,
  placeholder: string,
  fallback: string,
  help: string,
): SettingDefinition<Value> {
  return { env, kind, placeholder, fallback, help };
}
