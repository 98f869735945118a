import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { root, run } from '../cli/run.ts'
import { deviations } from './contract/deviations.ts'
import { notDriven } from './contract/stand.ts'

type Result = {
  readonly ancestorTitles: readonly string[]
  readonly title: string
  readonly status: string
  readonly failureMessages: readonly string[]
}
const nameOf = ({ ancestorTitles, title }: Result) => [...ancestorTitles.slice(1), title].join(' > ')

// What the local gateway promises, asked of another implementation: where both agree, neither is alone in its reading.
test('MiniStack keeps the contract of the local gateway, but for what is named', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-contract-'))
  const report = join(folder, 'report.json')
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
  const config = join(import.meta.dirname, 'contract/vitest.config.ts')
  const options = ['--reporter=json', `--outputFile=${report}`]
  // Beside tests that count seconds, it takes what they leave.
  await run('nice', [process.execPath, vitest, 'run', '--config', config, ...options], { cwd: root })
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'))
  rmSync(folder, { recursive: true })
  const results: readonly Result[] = testResults.flatMap(
    ({ assertionResults }: { assertionResults: Result[] }) => assertionResults,
  )
  const failed = results.filter(({ status }) => status === 'failed')
  const undriven = failed.filter(({ failureMessages }) => failureMessages.join().includes(notDriven))
  const deviating = failed.filter((one) => !undriven.includes(one)).map(nameOf)
  // By testNamePattern of its configuration: a name that matches nothing in there would be no test.
  const left = results.filter(({ status }) => status === 'pending' || status === 'skipped')
  for (const one of left) console.log(`  ${nameOf(one)}: left out, MiniStack spins for ever after it`)
  const passed = results.filter(({ status }) => status === 'passed').length
  console.log(`${passed} kept, ${deviating.length} deviations, ${undriven.length} not driven:`)
  for (const { title, failureMessages } of undriven)
    console.log(`  ${title}: ${failureMessages[0]?.split('\n')[0]}`)
  // A list that names what MiniStack does right, or not what it does wrong, is not true any more.
  expect(deviating.sort()).toEqual(Object.values(deviations).flat().sort())
  expect(passed).toBeGreaterThan(80)
}, 600_000)
