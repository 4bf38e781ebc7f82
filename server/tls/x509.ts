/**
 * The library that makes and parses certificates and revocation lists.
 *
 * It is loaded by what needs it, when it does: a start without TLS does not pay for it.
 */
export async function loadX509() {
  // The library asks for this one to be there before it.
  await import('reflect-metadata');
  return await import('@peculiar/x509');
}

/** What {@link loadX509} answers. */
export type X509 = Awaited<ReturnType<typeof loadX509>>;
