import { defineConfig } from 'vitest/config'

/** The suites that hold shared/token, access and gateway; the rest would only slow a mutation run down. */
export default defineConfig({
  test: {
    include: [
      'test/shared/{token,access,gateway}/**/*.test.ts',
      'test/shared/*.test.ts',
      'test/attacks/**/*.test.ts',
      'test/functions/**/*.test.ts',
      'test/cases.test.ts',
    ],
    setupFiles: ['test/setup/offline.ts'],
    testTimeout: 20_000,
    env: { POSTERN_FUZZ_RUNS: '30', POSTERN_FUZZ_SEED: '7' },
  },
})
