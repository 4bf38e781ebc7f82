import { EXIT_CODES } from './exit-codes.js';

const ENVIRONMENT = `
Environment (a flag goes before it, the remembered file after it):
  GATHER_SERVER, GATHER_USER             as --server and --user; the menu asks for the user all the same
  GATHER_PASSWORD, GATHER_PASSWORD_FILE  the password, or a file that holds it
  GATHER_TOKEN, GATHER_TOKEN_FILE        a token to use instead of the remembered one: of a session, or an API token
  GATHER_RETRY_FOR, GATHER_TIMEOUT       as --retry-for and --timeout
  GATHER_CA, GATHER_CERT, GATHER_KEY     as --ca, --cert and --key
  GATHER_PIN                             as --pin: several with commas
  GATHER_KEY_PASSPHRASE, ..._FILE        the passphrase of --key, or a file that holds it; else it is asked for
  GATHER_CONFIG_DIR                      where gather remembers
  NO_COLOR, FORCE_COLOR                  without colours; with colours also where there is no terminal

TLS:
  An address without http:// or https:// is HTTPS where --ca, --cert, --key, --pin or --insecure is given, or remembered
  for it.
  Without --ca and --pin a server is trusted as Node trusts, by its issuer and name. --ca FILE trusts that issuer and no
  other; --pin trusts the one certificate and looks at nothing else of it; both together have both to hold. An empty value
  ('') takes back what is remembered. Nothing is sent to a server that is not trusted, and it is not tried again.
  With --cert it has to speak TLS 1.3.

Spool (send --spool, follow):
  Messages are on this machine's disk before anything is sent, and stay there until the server has acknowledged them. Each has
  a number, by which the server knows those that come again: each is stored once, in order. It is in spool/ beside
  config.json; "gather spool" shows and ships it. What the server refuses for good is kept there, in rejected.ndjson.

Files:
  $XDG_CONFIG_HOME/gather, ~/.config/gather, or %APPDATA%\\gather on Windows: config.json has the server and
  user of the last "identify", "authenticate", "login", "send" or "pipe" that went well, and the next command takes them
  where none are given; also which files and fingerprint a server over TLS was known by; tokens/ has a token for each
  server and user, producers/ the names under which "pipe" numbers its messages. Only you can read them.

Without any server set, it is 127.0.0.1:6174. HTTP proxies are not used.

What is tried again: what the server has certainly not taken (no connection; its own answer 429 or 503), with growing
pauses and as Retry-After asks; and questions. Once a message has left without a number and no answer came, or only the page
of a proxy, its outcome is unknown: it is reported, and not sent again. "pipe" numbers its messages, so it asks what is stored
and goes on behind that. "tail" and "chat" connect again without end, unless --retry-for says how long.

Two ways in: "identify" and "authenticate" give a token of ten minutes, and make a user that is new; "login" opens a session of
a day for an account. A token that is no longer good is renewed the same way where a password is at hand, or
with --cert and --key, where the server is content with the certificate.

Tables have lines around their cells on a terminal; elsewhere a tab stands between two cells. Secrets that are made (API
tokens, invites, passwords for one login) are shown once, alone on standard output; with --json they go to --secret-file.
What cannot be undone is asked about; without a terminal it needs --yes.

JSON (--json): one object on standard output
  {"ok":true,"command":"send","exitCode":0,"server":"http://...","user":"dale","stored":1,...}
  {"ok":false,"command":"send","exitCode":69,"error":{"kind":"unreachable","message":"..."}}
  A command of a group has the name of both ("users list"); what the server answers keeps the names of its fields.
  ("query", "tail" and "chat" print the records instead, one a line.)
  error.kind: usage, configuration, not_authenticated, input, interrupted, spool, internal; and from the server: unreachable,
  busy, not_permitted, refused, unknown_outcome, with error.status and error.retryAfterSeconds where known.
  Warnings are JSON lines on standard error.
`;

/** The end of `gather --help`: environment, files, JSON and exit codes, the last from their table. */
export function helpFooter(): string {
  const codes = Object.values(EXIT_CODES).map(
    ({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`,
  );
  return `${ENVIRONMENT}\nExit codes:\n${codes.join('\n')}`;
}
