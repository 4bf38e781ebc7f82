/** Adds to the one refusal of a certificate that this side can mend how that is done. */
export function withCertificateHint(text: string): string {
  return text.endsWith('certificate is refused: none was sent') ? `${text}. Give --cert and --key` : text;
}
