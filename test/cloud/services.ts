import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { startWorld, type World } from '../../local/world.ts'
import type { DecisionRecord } from '../../shared/audit/record.ts'
import { postern, root } from '../cli/run.ts'
import { freePort } from './ministack.ts'
import { venvFolder } from './venv.ts'

export const ordersService = join(root, 'examples/fastapi-orders')
const accessFile = join(ordersService, 'access.yml')
const varsFile = join(ordersService, 'stages/dev.yml')

/** A FastAPI service that runs, and every line that it wrote. */
export type Service = {
  readonly url: string
  readonly lines: readonly string[]
  close(): Promise<void>
}

/** Everything of Postern on loopback, for the manifest of examples/fastapi-orders and its stage dev. */
export async function startOrders(onRecord: (record: DecisionRecord) => void = () => {}): Promise<World> {
  return startWorld({ accessFile, varsFile, port: 0, onRecord })
}

/** The access contract of that manifest, whose keys are those of the issuers on loopback. */
export async function writeContract(world: World, file: string): Promise<string> {
  const words = [
    '--access',
    accessFile,
    '--vars',
    varsFile,
    '--local',
    world.issuers.url,
    '--json',
    '--out',
    file,
  ]
  const { code, stderr } = await postern(['contract', ...words])
  if (code !== 0) throw new Error(stderr)
  return file
}

/** What a service has in its environment wherever it runs: the region, and here where AWS is. */
export function surroundings({ broker }: World): Record<string, string> {
  return { AWS_DEFAULT_REGION: 'eu-west-1', AWS_ENDPOINT_URL_S3: broker?.aws.url ?? '' }
}

/** Starts `command` as a shell would, with `$PORT` for its port, on 127.0.0.1 alone. */
export async function startService(command: string, environment: Record<string, string>): Promise<Service> {
  const port = await freePort()
  const lines: string[] = []
  const child = spawn('sh', ['-c', `exec ${command.replaceAll('0.0.0.0', '127.0.0.1')}`], {
    cwd: ordersService,
    env: {
      PATH: `${join(venvFolder, 'bin')}:/usr/bin:/bin`,
      PYTHONPATH: join(root, 'examples/postern-fastapi'),
      PYTHONDONTWRITEBYTECODE: '1',
      PORT: String(port),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const url = `http://127.0.0.1:${port}`
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => lines.push(line))
  const service = { url, lines, close: () => end(child, gone) }
  for (let tries = 0; tries < 200 && child.exitCode === null; tries++) {
    const answered = await fetch(`${url}/health`).then(({ ok }) => ok, () => false) // biome-ignore format: one call
    if (answered) return service
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  await service.close()
  throw new Error(`the service does not start:\n${lines.join('\n')}`)
}

async function end(child: ReturnType<typeof spawn>, gone: Promise<void>): Promise<void> {
  child.kill('SIGTERM')
  await gone
}
