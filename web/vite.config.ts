import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  base: '/',
  plugins: [react(), tailwindcss()],
  // The protocol is read from its TypeScript, so that the page builds without another build before it.
  resolve: { conditions: ['source', 'module', 'browser', 'development|production'] },
  build: {
    outDir: 'dist/app',
    emptyOutDir: true,
    // Everything is a file of this origin: the content security policy allows no data: fonts or images.
    assetsInlineLimit: 0,
    modulePreload: false,
    target: 'es2023',
  },
})
