import { defineConfig } from 'vitest/config'

/** Run by test/cloud/contract.test.ts, in a process of its own, since a part of it is to fail. */
export default defineConfig({
  test: {
    include: ['test/cloud/contract/*-contract.ts'],
    setupFiles: ['test/setup/offline.ts'],
    // MiniStack spins for ever after a function that hangs, and over a pattern full of stars.
    testNamePattern: /^(?!.*( in time| full of stars))/,
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
})
