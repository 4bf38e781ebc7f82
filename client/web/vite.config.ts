import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/console/',
  plugins: [react()],
  // The builds of these two that need nothing of Node.
  resolve: { alias: [{ find: /^(csv-parse|csv-stringify)\/sync$/, replacement: '$1/browser/esm/sync' }] },
  // Filled in by the server, anew with each page.
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    target: 'es2022',
    emptyOutDir: true,
    // An inlined file would need leave to be loaded from the page itself.
    assetsInlineLimit: 0,
    // A page's styles that did not come would not be asked for again.
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    // Together in one file, so that zod is told before any schema is made, in whichever file that is.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [{ name: 'zod', test: /[\\/](?:node_modules[\\/]zod[\\/]|without-eval\.)/ }],
        },
      },
    },
  },
  server: { proxy: { '/v1': { target: 'http://localhost:6174', ws: true } } },
});
