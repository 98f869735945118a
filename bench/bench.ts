import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { apps } from './apps.ts'
import { brokerTime } from './broker.ts'
import { brokerColdStart } from './broker-cold.ts'
import { bundleBytes } from './bundle-bytes.ts'
import { coldStart } from './cold-start.ts'
import { firstSeen } from './first-seen.ts'
import { memory } from './memory.ts'
import { policies } from './policies.ts'
import { roleCountSection } from './roles.ts'
import { markdown, type Section, type Size } from './row.ts'
import { tokenTime } from './tokens.ts'

/**
 * `npm run bench [-- --quick]`: one table from one run, each limit printed as within or MISSED. Numbers are printed,
 * not judged: the exit code is 0. Every section has a process of its own, so that none warms up another's code, and
 * whose standard output, where decision records go, is /dev/null.
 */
const sections = {
  firstSeen,
  roleCountSection,
  apps,
  policies,
  brokerTime,
  tokenTime,
  coldStart,
  brokerColdStart,
  memory,
  bundleBytes,
} as const
type SectionName = keyof typeof sections

async function runAll(size: Size): Promise<void> {
  const started = performance.now()
  console.log(`## Postern, measured ${new Date().toISOString().slice(0, 10)} (${size} run)\n`)
  console.log(
    `Node ${process.versions.node}, ${cpus().length} x ${cpus()[0]?.model.trim()}, ${process.platform}\n`,
  )
  for (const name of Object.keys(sections)) console.log(markdown(await runApart(name, size)))
  console.log(`Took ${((performance.now() - started) / 1000).toFixed(0)} s.`)
}

function runApart(name: string, size: Size): Promise<Section> {
  return new Promise((resolve, reject) => {
    const child = fork(import.meta.filename, [name, size], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: ['--expose-gc'],
    })
    child.once('message', (section) => resolve(section as Section))
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`the section ${name} broke off with code ${code}`)))
  })
}

async function runSection(name: SectionName, size: Size): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'))
  try {
    process.send?.(await sections[name](size, folder))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const [name = '', size = ''] = process.argv.slice(2)
if (process.send && Object.hasOwn(sections, name)) await runSection(name as SectionName, size as Size)
else await runAll(process.argv.includes('--quick') ? 'quick' : 'full')
