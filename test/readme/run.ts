import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { blocks } from './blocks.ts'

/**
 * Runs every shell block of the README, in order, in a fresh clone, as a new user would: one block one shell, and
 * the first failure ends it. `npm start` alone is what a user leaves running, so it is left running here.
 * `npm test` runs elsewhere in CI; here its block is skipped, and says so.
 */
const root = resolve(import.meta.dirname, '../..')
const clone = mkdtempSync(join(tmpdir(), 'postern-readme-'))
const running: ChildProcess[] = []

try {
  execFileSync('git', ['clone', '--quiet', root, clone])
  for (const { line, text } of await blocks(join(clone, 'README.md'), 'sh')) {
    console.log(`README.md:${line}\n${text.replace(/^/gm, '  $ ')}`)
    if (text === 'npm test') console.log('  (runs as a stage of its own)')
    else if (text === 'npm start') await leaveRunning(text)
    else run(text, line)
  }
  console.log('every shell block of the README ran')
} finally {
  for (const child of running) if (child.pid) process.kill(-child.pid, 'SIGTERM')
  rmSync(clone, { recursive: true, force: true })
}

function run(text: string, line: number): void {
  const { status } = spawnSync('bash', ['-euo', 'pipefail', '-c', text], {
    cwd: clone,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status !== 0) throw new Error(`README.md:${line}: the block ended with ${status}`)
}

function leaveRunning(text: string): Promise<void> {
  const child = spawn('bash', ['-c', text], {
    cwd: clone,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  running.push(child)
  return new Promise((ready, failed) => {
    child.once('exit', (code) => failed(new Error(`"${text}" ended with ${code}`)))
    child.stdout.on('data', (data: Buffer) => {
      process.stdout.write(data)
      if (data.includes('Decisions')) ready()
    })
  })
}
