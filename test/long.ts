import { randomInt } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startVitest } from 'vitest/node'

// `npm run test:long -- [RUNS] [SEED]`: every file with property tests, with many runs and a seed of its own.

const [runs = '20000', seed = String(randomInt(2 ** 31 - 1))] = process.argv.slice(2)
if (![runs, seed].every((text) => /^\d{1,10}$/.test(text)) || Number(runs) < 1 || Number(runs) > 1_000_000) {
  console.error('usage: npm run test:long -- [RUNS from 1 to 1000000] [SEED]')
  process.exit(2)
}

const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join(import.meta.dirname, name))
  .filter((file) => /\bfrom '(fast-check|[./]+support\/(fuzz|holds)\.ts)'/.test(readFileSync(file, 'utf8')))

const again = `npm run test:long -- ${runs} ${seed}`
console.log(`${runs} runs a property over ${files.length} files, seed ${seed}; the same again: ${again}`)

const vitest = await startVitest('test', files, {
  watch: false,
  reporters: ['verbose'],
  env: { POSTERN_FUZZ_RUNS: runs, POSTERN_FUZZ_SEED: seed },
  // An hour: the properties that compile a manifest a run take 8 ms for each.
  testTimeout: 3_600_000,
})
await vitest.close()
if (process.exitCode) console.error(`seed ${seed} found something: ${again}`)
