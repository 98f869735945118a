import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { venvFolder } from './venv.ts'

/** AWS as MiniStack plays it, on loopback: an account of its own, empty at first. */
export type MiniStack = {
  readonly url: string
  /** What SDKs, the AWS CLI and osls need to find it, and nothing of whoever runs the tests. */
  readonly environment: Readonly<Record<string, string>>
  /** Where an HTTP API, or a stage of a REST API, is served. */
  apiUrl(apiId: string, stage?: string): string
  close(): Promise<void>
}

export async function startMiniStack(): Promise<MiniStack> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-ministack-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  // Its functions run on the first `node` of the PATH, which is to be ours.
  const path = [dirname(process.execPath), process.env.PATH].join(delimiter)
  const child = spawn(join(venvFolder, 'bin/python'), ['-m', 'ministack'], {
    cwd: folder,
    env: {
      PATH: path,
      HOME: folder,
      TMPDIR: folder,
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      MINISTACK_REGION: 'eu-west-1',
      IOT_MTLS_ENABLED: '0',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, which is killed: its functions outlive it otherwise, and a busy one hears no other signal.
    detached: true,
  })
  let said = ''
  const hear = (text: Buffer) => {
    said = `${said}${text}`.slice(-4000)
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  for (let tries = 0; !(await answers(`${url}/_ministack/health`)); tries++) {
    if (tries === 300 || child.exitCode !== null) throw new Error(`MiniStack does not answer:\n${said}`)
    await setTimeout(100)
  }
  return {
    url,
    environment: {
      PATH: path,
      HOME: folder,
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    apiUrl: (apiId, stage = '$default') => `${url}/_aws/execute-api/${apiId}/${stage}`,
    close: async () => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      await gone
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  )
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
