import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Needs Python: npm run test:cloud.
    exclude: ['test/cloud/**'],
    setupFiles: ['test/setup/offline.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    pool: 'threads',
  },
})
