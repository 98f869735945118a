import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { published, type Run } from '../cli/run.ts'
import { asContainer, asProfile, asWebIdentity, botEnvironment, type Lending } from '../support/lending.ts'
import { venvFolder } from './venv.ts'

const programs = join(venvFolder, 'bin')
/** boto3 alone: it reads what is named to it. Which Pythons it will leave behind one day is not what is tested. */
export const bot = [
  join(programs, 'python'),
  '-W',
  'ignore:Boto3 will no longer support',
  join(import.meta.dirname, 'bot.py'),
]
export const aws = join(programs, 'aws')

/** A client's way to credentials: what its environment holds, and what runs it, where that is not itself. */
export type Way = {
  readonly variables: Readonly<Record<string, string>>
  readonly before: readonly string[]
}
export type Ways = readonly (readonly [name: string, way: (lending: Lending) => Promise<Way>])[]

export const inContainer: Ways[number] = [
  'as in a container',
  async (lending) => ({ variables: asContainer(lending), before: [] }),
]
export const byWebIdentity: Ways[number] = [
  'by web identity',
  async (lending) => ({ variables: asWebIdentity(lending), before: [] }),
]

/** Those on which a client fetches credentials again by itself. */
export const refreshing: Ways = [
  inContainer,
  byWebIdentity,
  ['by a credential process', credentialProcess],
  ['under postern exec --serve', (lending) => exec(lending, ['--serve'])],
]

/** Under `postern exec`, with keys in its environment that end when they end. */
export const withKeys = (lending: Lending): Promise<Way> => exec(lending, [])

const byProfile: Ways[number] = [
  'by a profile with web identity',
  async (lending) => ({ variables: await asProfile(lending), before: [] }),
]

export const all: Ways = [...refreshing, byProfile, ['under postern exec', withKeys]]

async function credentialProcess(lending: Lending): Promise<Way> {
  const file = join(lending.folder, 'aws-config')
  const command = [process.execPath, await published, 'credentials', ...borrowing(lending)]
  await writeFile(file, `[default]\ncredential_process = ${command.map((word) => `'${word}'`).join(' ')}\n`)
  return { variables: { AWS_CONFIG_FILE: file }, before: [] }
}

async function exec(lending: Lending, options: readonly string[]): Promise<Way> {
  const command = [process.execPath, await published, 'exec', ...borrowing(lending), ...options, '--']
  return { variables: {}, before: command }
}

function borrowing({ broker, tokenFile }: Lending): readonly string[] {
  return ['--broker', broker.url, '--role', 'reports', '--token-file', tokenFile]
}

/** Runs a command to its end. */
export function run(lending: Lending, { variables, before }: Way, command: readonly string[]): Promise<Run> {
  const [file = '', ...args] = [...before, ...command]
  const env = botEnvironment(lending, variables)
  const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'], cwd: lending.folder })
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (data) => {
    said.stdout += data
  })
  child.stderr.on('data', (data) => {
    said.stderr += data
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, ...said }))
  })
}

/** Starts boto3's bot. */
export function startBoto(lending: Lending, { variables, before }: Way) {
  return lending.start([...before, ...bot], variables)
}
