import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { publishCommand } from '../../bundle/publish.ts'

export const root = join(import.meta.dirname, '../..')
export const ordersManifest = join(root, 'examples/orders/access.yml')

export type Run = { readonly code: number | null; readonly stdout: string; readonly stderr: string }
export type RunOptions = {
  readonly input?: string
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** After which the process is ended, and its `code` is null. Default: never. */
  readonly timeoutMs?: number
}

/** Built once for a test file: it starts in half the time of its sources, and is what adopters run. */
export const published = publishCommand()

/** The command as a process of its own. Asynchronous, as local issuers of the test answer it meanwhile. */
export async function postern(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  return run(process.execPath, [await published, ...args], options)
}

export function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const { input = '', cwd = root, env = {}, timeoutMs } = options
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd,
      env: { ...process.env, FORCE_COLOR: undefined, ...env },
      timeout: timeoutMs,
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
    // It may end without having read.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
}
