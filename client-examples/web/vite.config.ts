import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compression } from 'vite-plugin-compression2';

export default defineConfig({
  base: '/app/',
  plugins: [react(), compression({ algorithms: ['gzip'], exclude: [/\.html$/] })],
  // The server puts a new one into each answer.
  html: { cspNonce: '{nonce}' },
  build: {
    target: 'es2022',
    chunkSizeWarningLimit: 1000,
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
});
