import { defineConfig } from 'vitest/config'

/** What needs Python, and is therefore no part of `npm test`. */
export default defineConfig({
  test: {
    include: ['test/cloud/**/*.test.ts'],
    setupFiles: ['test/setup/offline.ts'],
    reporters: ['verbose'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'threads',
    // Most of the time is spent waiting, for credentials to end.
    maxWorkers: 3,
  },
})
