import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import { bundleFunctions, lambdaOptions } from '../bundle/build.ts'
import { packagedTemplate } from '../bundle/package.ts'
import type { Access, App } from '../shared/access/access.ts'
import type { DecisionRecord } from '../shared/audit/record.ts'
import { parseRoute, routeKey } from '../shared/gateway/route.ts'
import { compileManifest } from '../shared/manifest/compile.ts'
import { type LoadedManifest, loadManifest } from '../shared/manifest/load.ts'
import { type ApiSummary, createGateway, type Gateway } from './gateway/gateway.ts'
import { listen } from './gateway/server.ts'
import { type SampleCaller, sampleCallers } from './issuer/sample-callers.ts'
import { type LocalIssuers, startIssuers } from './issuer/server.ts'
import { functionsOf } from './lambda/functions.ts'
import { createLambda, type Lambda } from './lambda/lambda.ts'
import { appOfApi, type IsPublic, standInTemplate } from './stand-in-template.ts'

export const root = resolve(import.meta.dirname, '..')
export const exampleManifest = join(root, 'examples/orders/access.yml')
export const teamsManifest = join(root, 'examples/teams/access.yml')

/** One a world, so that a story played beside `npm start` does not swap its functions. */
async function makeFolder(): Promise<string> {
  const parent = join(root, '.postern/functions')
  await mkdir(parent, { recursive: true })
  return mkdtemp(join(parent, 'world-'))
}

export type WorldOptions = {
  /** Default: examples/orders/access.yml, with its own packaged service behind it. */
  readonly accessFile?: string
  readonly varsFile?: string
  /** First of two ports; 0 takes free ones. */
  readonly port: number
  /** How old keys may grow before they are fetched again, in place of each issuer's `maxKeyAgeSeconds`. */
  readonly maxKeyAgeSeconds?: number
  readonly onRecord?: (record: DecisionRecord) => void
}

/** Everything of Postern on loopback: issuers, functions, the gateway in front of them, and who may call. */
export type World = {
  readonly access: Access
  readonly url: string
  readonly apis: readonly WorldApi[]
  readonly gateway: Gateway
  readonly issuers: LocalIssuers
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
  const issuers = await startIssuers({
    access: compileManifest(loaded),
    port: options.port && options.port + 1,
  })
  try {
    const access = withKeyAge(
      compileManifest(loaded, { localIssuers: issuers.url }),
      options.maxKeyAgeSeconds,
    )
    const isPublic = publicRoutes(loaded)
    const isExample = resolve(accessFile) === exampleManifest
    const template = isExample ? await packagedTemplate() : standInTemplate(access, isPublic)
    const folder = await makeFolder()
    const lambdas = await startLambdas(template, access, folder, options.onRecord ?? (() => undefined))
    const gateway = createGateway({
      template,
      invoke: (id, event, timeoutMs, alias) => lambdaOf(lambdas, id).invoke(event, timeoutMs, alias),
    })
    const server = await listen(gateway, options.port)
    const callers = await sampleCallers(access, issuers)
    const close = async () => {
      await server.close()
      await Promise.all([...lambdas.values()].map((lambda) => lambda.close()))
      await issuers.close()
      await rm(folder, { recursive: true, force: true })
    }
    const apis = gateway.apis.map((api) => ({
      ...api,
      app: appOfApi(access, api.logicalId) ?? onlyApp(access),
    }))
    return { access, url: server.url, apis, gateway, issuers, callers, isPublic, close }
  } catch (error) {
    await issuers.close()
    throw error
  }
}

function withKeyAge(access: Access, maxKeyAgeSeconds: number | undefined): Access {
  if (maxKeyAgeSeconds === undefined) return access
  return { ...access, issuers: access.issuers.map((issuer) => ({ ...issuer, maxKeyAgeSeconds })) }
}

/** Bundles the functions as for AWS and runs each that the template declares. */
async function startLambdas(
  template: unknown,
  access: Access,
  folder: string,
  onRecord: (record: DecisionRecord) => void,
): Promise<ReadonlyMap<string, Lambda>> {
  const [authorizer] = await bundleFunctions(access, folder)
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
  return lambdas
}

async function buildBackend(logicalId: string, outfile: string): Promise<string> {
  const source = logicalId === 'OrdersLambdaFunction' ? 'examples/orders/backend.ts' : 'local/echo.ts'
  await build({ ...lambdaOptions, entryPoints: [join(root, source)], outfile })
  return outfile
}

function emitRecord(line: string, onRecord: (record: DecisionRecord) => void): void {
  if (line.startsWith('{"kind":"decision"')) onRecord(JSON.parse(line))
  else console.error(line)
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
