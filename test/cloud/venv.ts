import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

export const venvFolder = resolve(import.meta.dirname, '../../.postern/venv')

/** The virtual environment cannot be made: why, and what to do about it. */
export class NoVenv extends Error {
  readonly mend: string
  constructor(message: string, mend: string) {
    super(message)
    this.mend = mend
  }
}

export type VenvOptions = {
  readonly folder: string
  readonly requirements: string
  /** Default: `python3`. */
  readonly python?: string
  readonly say?: (line: string) => void
}

/** The oldest Python that the requirements are resolved for. */
const oldest = [3, 11] as const

/**
 * Makes the virtual environment, or leaves the one alone that was made of the same requirements by the same Python, and
 * gives the folder of its programs. Nothing is installed beside it. Throws `NoVenv`.
 */
export function makeVenv({ folder, requirements, python = 'python3', say = () => {} }: VenvOptions): string {
  const version = versionOf(python)
  const made = createHash('sha256').update(version).update(readFileSync(requirements)).digest('hex')
  const stamp = join(folder, 'made-of')
  const bin = join(folder, 'bin')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === made) return bin
  say(`making ${folder} of ${requirements}, with Python ${version}: a minute, once`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(dirname(folder), { recursive: true })
  check(
    run(python, ['-m', 'venv', folder]),
    `${python} makes no virtual environment`,
    'install the module venv of this Python; on Debian and Ubuntu that is the package python3-venv',
  )
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes']
  check(
    run(join(bin, 'python'), [...pip, '--requirement', requirements]),
    'pip does not install what the tests need',
    'see what pip says above; it needs PyPI, or a mirror that its own configuration names',
  )
  writeFileSync(stamp, made)
  return bin
}

function versionOf(python: string): string {
  const mend = `install Python ${oldest.join('.')} or later, and put it on the PATH as python3`
  const asked = run(python, ['-c', 'import sys; print(*sys.version_info[:3], sep=".")'])
  check(asked, `these tests need Python, and ${python} does not run`, mend)
  const version = asked.stdout.trim()
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return version
  throw new NoVenv(`${python} is Python ${version}, which their tools are no longer made for`, mend)
}

function run(file: string, args: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(file, args, { encoding: 'utf8' })
}

function check(
  { status, stdout, stderr, error }: SpawnSyncReturns<string>,
  message: string,
  mend: string,
): void {
  if (status === 0) return
  const said = [error?.message, stdout, stderr].filter(Boolean).join('\n').trim()
  throw new NoVenv(`${said}\n${message}`.trim(), mend)
}
