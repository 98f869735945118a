import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { numberVariable } from '../shared/config.ts'
import { ManifestError } from '../shared/manifest/problem.ts'
import { type SampleCaller, withFreshTokens } from './issuer/sample-callers.ts'
import { playStory, setUpStory } from './once.ts'
import { recordSummary } from './record-summary.ts'
import { whatToPaste } from './what-to-paste.ts'
import { root, startWorld, type World } from './world.ts'

const help = `npm start [-- OPTIONS]

Runs Postern on this machine alone: your manifest's issuers, its authorizer in a Lambda stand-in, an API Gateway
that caches policies as the real one does, and, where a role lends an AWS role, the broker with an STS and S3 that
enforce what sessions may do. Then call it with curl; what to paste is printed.

  --access FILE   the access manifest (examples/orders/access.yml, with that example's own service behind it;
                  any other manifest gets a backend that echoes its caller)
  --vars FILE     replaces values of the manifest's vars
  --once          plays a story against it, asserting every answer and decision record, and exits: 0 if all came
                  out as it should, 1 if not
  --help          this

POSTERN_PORT is the first of the ports: 8600 the gateway, 8601 the issuers, 8602 AWS, 8603 the broker. --once
takes free ones.
`

const options = {
  access: { type: 'string' },
  vars: { type: 'string' },
  once: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

async function main(): Promise<number | undefined> {
  const { values } = parseArgs({ options })
  if (values.help) {
    console.log(help)
    return 0
  }
  const files = {
    ...(values.access === undefined ? {} : { accessFile: values.access }),
    ...(values.vars === undefined ? {} : { varsFile: values.vars }),
  }
  if (values.once) {
    const stage = await setUpStory({ ...files, port: 0 })
    const code = await playStory(stage, console.log)
    await stage.world.close()
    return code
  }
  const port = numberVariable('POSTERN_PORT', 8600, 1024, 65_532)
  const world = await startWorld({ ...files, port, onRecord: (record) => console.log(recordSummary(record)) })
  await writeLocalFile(world, world.callers)
  console.log(whatToPaste(world))
  let { callers } = world
  setInterval(async () => {
    callers = await withFreshTokens(callers, world.issuers)
    await writeLocalFile(world, callers)
  }, freshenEveryMs)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end(world))
  return undefined
}

/** The tokens and addresses of a run that is over are of no use to anybody. */
async function end(world: World): Promise<void> {
  await rm(localFile, { force: true })
  await world.close()
  process.exit(0)
}

/** GitHub's tokens live five minutes, and somebody who comes back to this terminal later pastes what it printed. */
const freshenEveryMs = 60_000

const localFile = join(root, '.postern/local.json')

/** Addresses, API ids and a ready token for each sample caller. For this user's eyes alone, and not for git. */
async function writeLocalFile(world: World, callers: readonly SampleCaller[]): Promise<void> {
  const content = {
    gateway: world.url,
    issuers: world.issuers.url,
    issuerClients: issuerClients(world),
    ...(world.broker && {
      aws: world.broker.aws.url,
      broker: world.broker.url,
      clients: world.broker.clients,
    }),
    apis: world.apis.map((api) => ({ ...api, app: api.app.name })),
    callers,
  }
  await mkdir(join(root, '.postern'), { recursive: true })
  await writeFile(`${localFile}.partial`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
  await rename(`${localFile}.partial`, localFile)
}

/** What services of the manifest's other issuers ask for tokens with. */
function issuerClients({ access, issuers }: World): object {
  return access.issuers.flatMap(({ name }) =>
    issuers.clients(name).map(({ id, secret }) => ({
      issuer: name,
      tokenUrl: `${issuers.url}/${encodeURIComponent(name)}/token`,
      clientId: id,
      clientSecret: secret,
    })),
  )
}

try {
  const code = await main()
  if (code !== undefined) process.exit(code)
} catch (error) {
  const { message, code } = error as Error & { code?: string }
  const hint = code?.startsWith('ERR_PARSE_ARGS') ? '\n  mend: npm start -- --help lists the options' : ''
  console.error(error instanceof ManifestError ? message : `npm start: ${message}${hint}`)
  process.exit(1)
}
