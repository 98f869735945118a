import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { blocks } from './blocks.ts'

/**
 * Runs every shell block of the README, in order, in a fresh clone, as a new user would: one block one shell, and
 * the first failure ends it. What a user leaves running in a terminal, `npm start` and uvicorn, is left running here
 * to the end of its document. `npm test` runs elsewhere in CI; here its block is skipped, and says so. After the README
 * come the documents that begin with a clone as well.
 */
const documents = ['README.md', 'docs/fastapi.md', 'docs/cloud-foundry.md', 'docs/app-of-apps.md']
const root = resolve(import.meta.dirname, '../..')
const clone = mkdtempSync(join(tmpdir(), 'postern-readme-'))
let running: ChildProcess[] = []

try {
  execFileSync('git', ['clone', '--quiet', root, clone])
  for (const document of documents) {
    for (const { line, text } of await blocks(join(clone, document), 'sh')) {
      console.log(`${document}:${line}\n${text.replace(/^/gm, '  $ ')}`)
      const ready = readyWhen(text)
      if (text === 'npm test') console.log('  (runs as a stage of its own)')
      else if (ready === undefined) run(text, `${document}:${line}`)
      else await leaveRunning(text, ready)
    }
    await endRunning()
  }
  console.log(`every shell block of ${documents.join(', ')} ran`)
} finally {
  await endRunning()
  rmSync(clone, { recursive: true, force: true })
}

/** What a command that does not end prints when it is up; `undefined` for one that ends. */
function readyWhen(text: string): string | undefined {
  const last = text.split('\n').at(-1) ?? ''
  if (/^npm start\b(?!.*--once)/.test(last)) return 'Decisions'
  return last.includes('/uvicorn ') ? 'Application startup complete' : undefined
}

/** The last first, and each until it has gone: the next document has the same ports. */
async function endRunning(): Promise<void> {
  for (const child of running.toReversed()) {
    if (child.exitCode !== null || child.pid === undefined) continue
    const gone = new Promise((resolve) => child.once('close', resolve))
    process.kill(-child.pid, 'SIGTERM')
    await gone
  }
  running = []
}

function run(text: string, place: string): void {
  const { status } = spawnSync('bash', ['-euo', 'pipefail', '-c', text], {
    cwd: clone,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status !== 0) throw new Error(`${place}: the block ended with ${status}`)
}

function leaveRunning(text: string, ready: string): Promise<void> {
  const child = spawn('bash', ['-c', text], {
    cwd: clone,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.push(child)
  return new Promise((up, failed) => {
    child.once('exit', (code) => failed(new Error(`"${text}" ended with ${code}`)))
    for (const [from, to] of [[child.stdout, process.stdout], [child.stderr, process.stderr]] as const) // biome-ignore format: a table
      from.on('data', (data: Buffer) => {
        to.write(data)
        if (data.includes(ready)) up()
      })
  })
}
