import { defineConfig } from 'vite';

export default defineConfig({
  base: '/graphiql/',
  build: {
    chunkSizeWarningLimit: 4000, // Monaco is one large chunk
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
});
