import { PageFrame } from '../parts/page-frame.js';

/** Where somebody with a password for one login chooses another. */
export function NewPasswordPage({ name }: { readonly name: string }) {
  return <PageFrame title="Choose a password">{name}</PageFrame>;
}
