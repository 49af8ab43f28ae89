import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

// A browser lets a page ask the server it came from: so what is asked of this one is passed on to the cellar's.
const cellar = process.env.CELLARHAND_URL ?? 'http://127.0.0.1:7000'
const pageOf = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // The SDK is read from its TypeScript, so that nothing has to be built before.
  resolve: { conditions: ['source', 'module', 'browser', 'development|production'] },
  server: { proxy: { '/v1': { target: cellar, ws: true } } },
  build: { rollupOptions: { input: [pageOf('react/index.html'), pageOf('plain.html')] } },
})
