import { join, resolve } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { isUserName } from '../../../protocol/user-name.js';
import { EXIT } from '../exit-codes.js';
import { secretIn, type OperatorTools } from '../operator/operator-tools.js';
import { withHiddenSettings, type Options } from '../setting-options.js';
import { accountOf } from './account-of.js';
import {
  initAuthority,
  issueToClient,
  namesBefore,
  renewServer,
  revokeClient,
  type Names,
} from './authority-actions.js';
import { authorityFilesIn, issuedIn, loadCertificate, loadRevocations } from './authority-directory.js';
import { haveServerReload, type Changed } from './have-server-reload.js';
import { ownNames, serverNameOf } from './server-names.js';
import {
  listed,
  optionWords,
  revokedWarnings,
  showInit,
  showIssue,
  showList,
  showRenewal,
  showRevoked,
} from './show-certificates.js';

const CERT_HELP = `
Everything is in the directory tls of the data directory, or in --directory: ca.crt, ca.key and ca.crl of the authority, the
server's certificate and key, and in issued/ a copy of every client's certificate. A server that runs takes in what changes.

Examples:
  gatherd cert init --name gather.example.org      makes an authority and a server certificate
  gatherd cert renew                               a new server certificate for the same names
  gatherd cert issue dale                          a client certificate for the account dale
  gatherd cert revoke dale                         none of dale's certificates is good any more
  gatherd cert list --json
`;

/** For how many days a server's and a client's certificate is good: browsers take no longer one. */
const DAYS = 397;
const MOST_DAYS = 3650;

/** Adds the commands of a certificate authority of one's own. */
export function addCertCommands(program: Command, tools: OperatorTools): void {
  const cert = program
    .command('cert')
    .description('certificates for TLS, by an authority of your own')
    .addHelpText('after', CERT_HELP);
  addServerCommands(cert, tools);
  addIssue(cert, tools);
  addRevoke(cert, tools);
  addList(cert, tools);
}

function addServerCommands(cert: Command, tools: OperatorTools): void {
  const { around } = tools;
  withDirectory(cert.command('init'))
    .description('make an authority and a server certificate; overwrites nothing')
    .option(
      '--name <HOST>',
      `${NAME_HELP} (default: localhost, 127.0.0.1, ::1 and this machine’s name)`,
      collectName,
    )
    .option('--days <DAYS>', DAYS_HELP, daysOf, String(DAYS))
    .action(async (options: Options) => {
      const { files, port } = placeOf(tools, options);
      const names = namesIn(options) ?? ownNames();
      const made = await initAuthority(files, names, daysIn(options), around.clock());
      around.print(showInit(files, made, { port, options: optionWords(whereOf(options)) }));
    });

  withDirectory(cert.command('renew'))
    .description('make a new server certificate, for the same key and the same names')
    .option('--name <HOST>', `${NAME_HELP}; then for these names`, collectName)
    .option('--days <DAYS>', DAYS_HELP, daysOf, String(DAYS))
    .action(async (options: Options) => {
      const { files, dataDir } = placeOf(tools, options);
      const wanted = { names: namesIn(options), days: daysIn(options) };
      around.print(showRenewal(files, await renewServer(files, wanted, around.clock())));
      await reload(tools, dataDir, 'certificate');
    });
}

function addIssue(cert: Command, tools: OperatorTools): void {
  const { around } = tools;
  withDirectory(cert.command('issue'))
    .description('issue a client certificate to an account')
    .argument('<name>', 'its user name', userNameIn)
    .option('--out <DIR>', 'where NAME.crt and NAME.key go (default: clients/ beside the authority)')
    .option('--replace', 'replace them where they are there; what they were stays good until it is revoked')
    .option('--passphrase-file <FILE>', 'encrypt the key with the passphrase in a file')
    .option('--days <DAYS>', DAYS_HELP, daysOf, String(DAYS))
    .action(async (name: string, options: Options) => {
      const { files, dataDir, port } = placeOf(tools, options);
      const account = accountOf(dataDir, name);
      const { out, passphraseFile: file } = options;
      const made = await issueToClient(
        files,
        {
          name,
          days: daysIn(options),
          folder: typeof out === 'string' ? resolve(out) : join(files.directory, 'clients'),
          isReplacing: options['replace'] === true,
          passphrase: typeof file === 'string' ? secretIn(file, '--passphrase-file') : undefined,
        },
        around.clock(),
      );
      around.print(showIssue(files, made, account, { names: await namesBefore(files), port }));
    });
}

function addRevoke(cert: Command, tools: OperatorTools): void {
  const { around } = tools;
  withDirectory(cert.command('revoke'))
    .description('revoke a client certificate, at once where a server runs')
    .argument('<name or serial>', 'a user name, for all of its certificates, or the serial number of one')
    .action(async (nameOrSerial: string, options: Options) => {
      const { files, dataDir } = placeOf(tools, options);
      const revoked = await revokeClient(files, nameOrSerial, around.clock());
      around.print(showRevoked(revoked));
      const again = optionWords({ ...whereOf(options), directory: pathIn(options['directory']) });
      for (const warning of revokedWarnings(revoked, again)) around.err.write(`gatherd: ${warning}\n`);
      if (revoked.unread.length > 0) tools.exitWith(EXIT.failed);
      if (revoked.now.length + revoked.before.length > 0) await reload(tools, dataDir, 'revoked');
    });
}

function addList(cert: Command, tools: OperatorTools): void {
  const { around } = tools;
  withDirectory(cert.command('list'))
    .description('list the client certificates')
    .option('--json', 'as JSON')
    .action(async (options: Options) => {
      const { files } = placeOf(tools, options);
      const { revoked } = await loadRevocations(files, { certificate: await loadCertificate(files) });
      const { issued, unreadable } = await issuedIn(files);
      const found = listed(issued, revoked, around.clock());
      around.print(options['json'] === true ? `${JSON.stringify(found)}\n` : showList(found));
      for (const path of unreadable)
        around.err.write(`gatherd: ${path} is no certificate that can be read\n`);
      if (unreadable.length > 0) tools.exitWith(EXIT.failed);
    });
}

const NAME_HELP = 'a host name or IP address that clients reach the server by, also several times';
const DAYS_HELP = 'for how many days the certificate is good';

function withDirectory(command: Command): Command {
  return withHiddenSettings(command).option(
    '--directory <DIR>',
    'where the authority is (default: tls in the data directory)',
  );
}

function placeOf({ load }: OperatorTools, options: Options) {
  const { dataDir, port } = load(options).settings;
  const path = pathIn(options['directory']) ?? resolve(dataDir, 'tls');
  return { dataDir, port, files: authorityFilesIn(path) };
}

// What says which data directory it is, as another command has to be told it; the environment is its own.
function whereOf(options: Options) {
  return { config: pathIn(options['config']), 'data-dir': pathIn(options['dataDir']) };
}

function pathIn(option: string | boolean | undefined): string | undefined {
  return typeof option === 'string' ? resolve(option) : undefined;
}

async function reload({ around, exitWith }: OperatorTools, dataDir: string, changed: Changed): Promise<void> {
  const { text, isAnswered } = await haveServerReload(dataDir, changed, around.signal);
  if (isAnswered) {
    around.print(text);
    return;
  }
  around.err.write(`gatherd: ${text}`);
  exitWith(EXIT.failed);
}

function daysIn({ days }: Options): number {
  return Number(days);
}

function namesIn({ name }: Options): Names | undefined {
  const [first, ...others] = typeof name === 'string' ? name.split(',') : [];
  return first === undefined ? undefined : [first, ...others];
}

function daysOf(text: string): string {
  const days = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (days >= 1 && days <= MOST_DAYS) return text;
  throw new InvalidArgumentError(`It has to be a whole number from 1 to ${String(MOST_DAYS)}.`);
}

function collectName(text: string, before: string | undefined): string {
  const name = serverNameOf(text);
  if (name === undefined) throw new InvalidArgumentError('It is neither a host name nor an IP address.');
  return before === undefined ? name : `${before},${name}`;
}

function userNameIn(text: string): string {
  if (isUserName(text)) return text;
  throw new InvalidArgumentError('It is no user name.');
}
