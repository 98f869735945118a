import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { lambdaOptions } from '../bundle/build.ts'
import { createLab } from './lab.ts'
import { brokerBundle, credentialsEvent } from './lending.ts'
import { median } from './race.ts'
import { ratioRow, type Section, type Size } from './row.ts'
import { startStsAtOnce } from './sts-at-once.ts'

const limit = 1.15
const runs: Readonly<Record<Size, number>> = { quick: 15, full: 60 }

/** A whole process: Node starts, imports a bundle, has STS on loopback give credentials, answers them, and exits. */
export async function brokerColdStart(size: Size, folder: string): Promise<Section> {
  const lab = createLab()
  const lanes = [
    { name: 'client-sts, a bare handler', file: await bareBundle(folder) },
    { name: 'Postern’s broker, GET /credentials/{role}', file: (await brokerBundle(lab, folder)).file },
  ] as const
  const runner = join(folder, 'first-credentials.mjs')
  writeFileSync(runner, runnerText(credentialsEvent(lab.token('ES256', 1))))
  const sts = await startStsAtOnce()
  const times = lanes.map((): number[] => [])
  for (let run = 0; run <= runs[size]; run++)
    for (const at of run % 2 === 0 ? [0, 1] : [1, 0]) {
      const ms = await timeProcess(runner, lanes[at as 0 | 1].file, sts.environment)
      // The first process of each reads its files from the disk.
      if (run > 0) (times[at] as number[]).push(ms)
    }
  await sts.close()
  const [bare, broker] = times as [number[], number[]]
  const ratio = median(broker.map((ms, run) => ms / (bare[run] as number)))
  return {
    title: 'Cold start of the broker, until the first credentials',
    note:
      'A whole process each: Node, import, one AssumeRole answered at once on loopback by HTTP, exit; the broker also ' +
      `verifies an ES256 token and decides. ${runs[size]} runs in turn. Both bundles are of the same options.`,
    rows: [
      ratioRow(lanes[0].name, `${median(bare).toFixed(0)} ms`, 1, 'itself'),
      ratioRow(lanes[1].name, `${median(broker).toFixed(0)} ms`, ratio, 'bare', limit),
    ],
  }
}

/** The least that asks STS for credentials and answers them: no token, no role, no record. */
const bareText = `import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
const sts = new STSClient({})
const RoleArn = 'arn:aws:iam::123456789012:role/exporter'
export async function handler() {
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'bare', DurationSeconds: 3600 }))
  return { statusCode: Credentials ? 200 : 500, body: JSON.stringify(Credentials) }
}`

/** In chunks too: what it never loads is not read either, which is the faster of the two. */
async function bareBundle(folder: string): Promise<string> {
  const stdin = { contents: bareText, resolveDir: import.meta.dirname, loader: 'js' } as const
  const outdir = join(folder, 'bare')
  const outExtension = { '.js': '.mjs' }
  await build({ ...lambdaOptions, stdin, outdir, outExtension, splitting: true, entryNames: 'index' })
  return join(outdir, 'index.mjs')
}

function runnerText(event: object): string {
  return `const { handler } = await import(process.argv[2])
const { statusCode } = await handler(${JSON.stringify(event)}, {})
process.exit(statusCode === 200 ? 0 : 1)
`
}

/** Not synchronously: STS answers in this process. */
function timeProcess(runner: string, bundle: string, env: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = process.hrtime.bigint()
    const child = spawn(process.execPath, [runner, bundle], { env, stdio: ['ignore', 'ignore', 'inherit'] })
    child.once('error', reject)
    child.once('exit', (code) => {
      if (code === 0) resolve(Number(process.hrtime.bigint() - start) / 1e6)
      else reject(new Error(`${bundle} gave no credentials`))
    })
  })
}
