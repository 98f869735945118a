import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import { type BuiltFunction, bundleFunctions, lambdaOptions } from '../bundle/build.ts'
import { exampleTemplate, posternTemplate } from '../bundle/package.ts'
import type { Access, App } from '../shared/access/access.ts'
import type { DecisionRecord } from '../shared/audit/record.ts'
import { parseRoute, routeKey } from '../shared/gateway/route.ts'
import { compileManifest } from '../shared/manifest/compile.ts'
import { type LoadedManifest, loadManifest } from '../shared/manifest/load.ts'
import { type LocalBroker, putSamples, startBroker } from './broker/broker.ts'
import { signerIn } from './broker/issuer.ts'
import { type ApiSummary, createGateway, type Gateway } from './gateway/gateway.ts'
import { listen } from './gateway/server.ts'
import { type SampleCaller, sampleCallers } from './issuer/sample-callers.ts'
import { type LocalIssuers, startIssuers } from './issuer/server.ts'
import { functionsOf } from './lambda/functions.ts'
import { createLambda, type Lambda } from './lambda/lambda.ts'
import { linkStacks } from './linked-stacks.ts'
import { appOfApi, type IsPublic, standInTemplate } from './stand-in-template.ts'

export const root = resolve(import.meta.dirname, '..')
export const exampleManifest = join(root, 'examples/orders/access.yml')
export const teamsManifest = join(root, 'examples/teams/access.yml')

/** One a world, so that a story played beside `npm start` does not swap its functions. */
async function makeFolder(): Promise<{ path: string; close(): Promise<void> }> {
  const parent = join(root, '.postern/functions')
  await mkdir(parent, { recursive: true })
  const path = await mkdtemp(join(parent, 'world-'))
  return { path, close: () => rm(path, { recursive: true, force: true }) }
}

export type WorldOptions = {
  /** Default: examples/orders/access.yml, with its own packaged service behind it. */
  readonly accessFile?: string
  readonly varsFile?: string
  /** First of four ports; 0 takes free ones. */
  readonly port: number
  /** How old keys may grow before they are fetched again, in place of each issuer's `maxKeyAgeSeconds`. */
  readonly maxKeyAgeSeconds?: number
  readonly onRecord?: (record: DecisionRecord) => void
}

/** Everything of Postern on loopback: issuers, functions, the gateway in front of them, AWS, and who may call. */
export type World = {
  readonly access: Access
  readonly url: string
  readonly apis: readonly WorldApi[]
  readonly gateway: Gateway
  readonly issuers: LocalIssuers
  /** Absent where no role lends an AWS role. */
  readonly broker?: LocalBroker
  readonly callers: readonly SampleCaller[]
  readonly isPublic: IsPublic
  close(): Promise<void>
}

/** An API that is served, and the app it belongs to. */
export type WorldApi = ApiSummary & { readonly app: App }

/** Throws `ManifestError` for a manifest that does not hold, and an error naming POSTERN_PORT for a taken port. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const accessFile = options.accessFile ?? exampleManifest
  const loaded = loadManifest(
    accessFile,
    options.varsFile === undefined ? {} : { varsFile: options.varsFile },
  )
  const started: { close(): Promise<void> }[] = []
  const close = async () => {
    for (const part of started.toReversed()) await part.close()
  }
  const keep = <Part extends { close(): Promise<void> }>(part: Part): Part => {
    started.push(part)
    return part
  }
  try {
    const { port, onRecord = () => undefined } = options
    const issuers = keep(await startIssuers({ access: compileManifest(loaded), port: port && port + 1 }))
    const access = withKeyAge(
      compileManifest(loaded, { localIssuers: issuers.url }),
      options.maxKeyAgeSeconds,
    )
    const isPublic = publicRoutes(loaded)
    const isExample = resolve(accessFile) === exampleManifest
    const template = isExample ? await exampleService() : standInTemplate(access, isPublic)
    const folder = keep(await makeFolder())
    const built = await bundleFunctions(access, folder.path)
    const authorizer = built.find(({ name }) => name === 'authorizer')
    const lends = built.some(({ name }) => name === 'broker')
    const lambdas = keep(await startLambdas(template, authorizer, folder.path, onRecord))
    const gateway = createGateway({ template, invoke: lambdas.invoke })
    const { url } = keep(await listen(gateway, port))
    const onLine = (line: string) => emitRecord(line, onRecord)
    const broker = lends
      ? keep(await startBroker({ access, built, port: port && port + 2, onLine }))
      : undefined
    if (broker && access.tokens !== undefined)
      issuers.linkPostern({
        url: broker.url,
        signer: () => signerIn(broker.aws, issuers.nowMs() / 1000),
        scope: access.roles.map(({ name }) => name).join(' '),
      })
    const callers = await sampleCallers(access, issuers)
    if (broker) putSamples(broker.aws, access, callers)
    const apis = gateway.apis.map((api) => ({
      ...api,
      app: appOfApi(access, api.logicalId) ?? onlyApp(access),
    }))
    return { access, url, apis, gateway, issuers, ...(broker && { broker }), callers, isPublic, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The example's own service, beside Postern's stack, whose authorizer it imports. */
export async function exampleService(): Promise<object> {
  // One after the other: a fresh clone packages for the first, and has both then.
  const postern = await posternTemplate('dev')
  return linkStacks(await exampleTemplate('dev'), postern)
}

function withKeyAge(access: Access, maxKeyAgeSeconds: number | undefined): Access {
  if (maxKeyAgeSeconds === undefined) return access
  return { ...access, issuers: access.issuers.map((issuer) => ({ ...issuer, maxKeyAgeSeconds })) }
}

/** Runs each function that the template declares. */
async function startLambdas(
  template: unknown,
  authorizer: BuiltFunction | undefined,
  folder: string,
  onRecord: (record: DecisionRecord) => void,
): Promise<Lambdas> {
  const lambdas = new Map<string, Lambda>()
  for (const { logicalId, name, timeoutMs, memoryMb, environment } of functionsOf(template)) {
    const ours = logicalId === 'AuthorizerLambdaFunction' && authorizer
    const file = ours ? ours.file : await buildBackend(logicalId, join(folder, logicalId, 'index.mjs'))
    // One environment, so that the story can say whose memory holds what.
    const onLine = ours ? (line: string) => emitRecord(line, onRecord) : (line: string) => console.error(line)
    lambdas.set(
      logicalId,
      createLambda({
        file,
        environment,
        timeoutMs,
        memoryMb,
        functionName: name,
        maxEnvironments: 1,
        onLine,
      }),
    )
  }
  return {
    invoke: (id, event, timeoutMs, alias) => lambdaOf(lambdas, id).invoke(event, timeoutMs, alias),
    close: async () => void (await Promise.all([...lambdas.values()].map((lambda) => lambda.close()))),
  }
}

type Lambdas = Pick<Parameters<typeof createGateway>[0], 'invoke'> & { close(): Promise<void> }

async function buildBackend(logicalId: string, outfile: string): Promise<string> {
  const source = logicalId === 'OrdersLambdaFunction' ? 'examples/orders/backend.ts' : 'local/echo.ts'
  await build({ ...lambdaOptions, entryPoints: [join(root, source)], outfile })
  return outfile
}

function emitRecord(line: string, onRecord: (record: DecisionRecord) => void): void {
  if (line.startsWith('{"kind":"decision"')) onRecord(JSON.parse(line))
  // Of a rotation that went well there is nothing to tell.
  else if (!/^\{"kind":"rotation".*"reason":"granted"/.test(line)) console.error(line)
}

function lambdaOf(lambdas: ReadonlyMap<string, Lambda>, logicalId: string): Lambda {
  const lambda = lambdas.get(logicalId)
  if (!lambda) throw new Error(`the template has no function ${logicalId}`)
  return lambda
}

function publicRoutes({ parts }: LoadedManifest): IsPublic {
  const keyOf = (route: string) => {
    const parsed = parseRoute(route)
    return typeof parsed === 'string' ? route : routeKey(parsed)
  }
  const keys = new Map(
    parts.map(({ name, manifest }) => [name, new Set((manifest.api?.public ?? []).map(keyOf))]),
  )
  return ({ name, of = [name] }, route) => of.some((app) => keys.get(app)?.has(keyOf(route)) === true)
}

/** The example's own template has logical ids of its own. */
function onlyApp({ apps }: Access): App {
  return apps[0] as App
}
