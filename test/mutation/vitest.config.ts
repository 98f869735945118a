import { defineConfig } from 'vitest/config'

/** The suites that hold shared/token, access, gateway and sts; the rest would only slow a mutation run down. */
export default defineConfig({
  test: {
    include: [
      'test/shared/{token,access,gateway,sts}/**/*.test.ts',
      'test/shared/*.test.ts',
      'test/attacks/**/*.test.ts',
      'test/functions/**/*.test.ts',
      'test/cases.test.ts',
    ],
    // Real sockets and processes, a real frozen worker and 515 strings by every form: seconds each, and nothing the others do not hold.
    exclude: [
      'test/attacks/corpus-naughty-strings.test.ts',
      'test/functions/authorizer/{frozen,issuer-modes}.test.ts',
      'test/functions/broker/default-chain.test.ts',
      'test/shared/token/octo-sts.test.ts',
    ],
    setupFiles: ['test/setup/offline.ts'],
    testTimeout: 20_000,
    env: { POSTERN_FUZZ_RUNS: '30', POSTERN_FUZZ_SEED: '7' },
  },
})
