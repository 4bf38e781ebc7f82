const { builtinModules } = require('node:module');

// Which folder may import which. The order is main, cli, wiring -> app, http, gateways, control -> features -> dump,
// database, keys, passwords -> errors, config, tls, protocol: a folder imports what stands right of it, never what stands left.
const SERVER_LAYERS = [
  ['main', '^server/main\\.ts$'],
  ['cli', '^server/cli/'],
  ['wiring', '^server/wiring/'],
  ['app', '^server/app\\.ts$'],
  ['doors', '^server/(?:http|gateways|control)/'],
  ['features', '^server/features/'],
  ['storage', '^server/(?:dump|database|keys|passwords)/'],
  ['ground', '^server/(?:(?:errors|config|net|observability|data-directory|tls)/|built-files\\.ts$)'],
];

const downwardOnly = SERVER_LAYERS.map(([name, from], index) => ({
  name: `${name}-imports-only-what-is-below`,
  severity: 'error',
  from: { path: from, pathNot: '\\.test\\.ts$' },
  to: { path: SERVER_LAYERS.slice(0, index).map(([, path]) => path) },
}));

const BUILTINS = builtinModules.map((name) => `^(?:node:)?${name}$`);

// A server's command may wire; nothing else below it may.
const wiring = downwardOnly.filter(({ to }) => to.path.length > 0);

module.exports = {
  forbidden: [
    ...wiring,
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'protocol-imports-only-zod',
      severity: 'error',
      from: { path: '^protocol/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: ['^protocol/', '(?:^|/)node_modules/zod/'] },
    },
    {
      name: 'client-knows-no-server',
      severity: 'error',
      from: { path: '^client/', pathNot: ['\\.test\\.ts$', '^client/tests/'] },
      to: { path: '^server/' },
    },
    {
      name: 'the-spool-knows-no-command-line-and-no-wire',
      severity: 'error',
      from: { path: '^client/spool/', pathNot: '\\.test\\.ts$' },
      to: { path: '^client/', pathNot: ['^client/spool/', '^client/api/retry-policy\\.ts$'] },
    },
    {
      name: 'formats-know-protocol-only',
      severity: 'error',
      from: { path: '^client/formats/', pathNot: '\\.test\\.ts$' },
      to: { path: '^client/', pathNot: '^client/formats/' },
    },
    {
      name: 'the-console-knows-only-the-client-api',
      severity: 'error',
      from: { path: '^client/web/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(?:server|client)/', pathNot: '^client/(?:web|api|chat|formats)/' },
    },
    {
      name: 'what-chats-share-knows-no-terminal-and-no-page',
      severity: 'error',
      from: { path: '^client/chat/' },
      to: { path: '^client/', pathNot: '^client/(?:chat|api)/' },
    },
    {
      name: 'nobody-knows-the-console',
      severity: 'error',
      from: { pathNot: '^client/(?:web|tests/console)/' },
      to: { path: '^client/web/' },
    },
    {
      name: 'the-console-runs-in-browsers',
      severity: 'error',
      from: { path: '^client/web/', pathNot: ['\\.test\\.ts$', '^client/web/vite\\.config\\.ts$'] },
      to: { path: [...BUILTINS, '(?:^|/)node_modules/(?:@types/)?(?:ws|node)/'], reachable: true },
    },
    {
      name: 'server-knows-no-client',
      severity: 'error',
      from: { path: '^server/' },
      to: { path: '^client/' },
    },
    {
      name: 'only-the-client-api-speaks-http',
      severity: 'error',
      from: { pathNot: ['^client/api/', '\\.test\\.ts$', '^server/tests/'] },
      to: { path: '(?:^|/)node_modules/axios' },
    },
    {
      name: 'services-know-no-wire',
      severity: 'error',
      from: { path: ['^server/features/', '^server/dump/'], pathNot: '\\.test\\.ts$' },
      to: { path: ['(?:^|/)node_modules/(?:@types/)?express/', '^(?:node:)?https?$'] },
    },
    {
      name: 'a-feature-uses-another-only-through-its-service',
      severity: 'error',
      from: { path: '^server/features/([^/]+)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^server/features/', pathNot: ['^server/features/$1/', '-service\\.ts$'] },
    },
    {
      name: 'tests-are-imported-by-tests-only',
      severity: 'error',
      from: { pathNot: ['\\.test\\.ts$', '^(?:server|client)/tests/'] },
      to: { path: ['\\.test\\.ts$', '^server/tests/', '/fake-[^/]+\\.ts$'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^server/database/generated/' },
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'] },
  },
};
