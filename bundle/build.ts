import { join, resolve } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild'
import type { Access } from '../shared/access/access.ts'
import { type AccessTexts, textsOf } from '../shared/access/rows.ts'
import { compileManifest } from '../shared/manifest/compile.ts'
import { loadManifest } from '../shared/manifest/load.ts'
import { packageRoot } from './package-root.ts'

/** The functions that a manifest makes, each with its entry point. */
export const functions = {
  authorizer: 'functions/authorizer/handler.ts',
  broker: 'functions/broker/handler.ts',
  jwks: 'functions/jwks/handler.ts',
  rotation: 'functions/rotation/handler.ts',
} as const
export type FunctionName = keyof typeof functions

export type BuiltFunction = {
  readonly name: FunctionName
  /** `index.mjs`. */
  readonly file: string
  /** What it loads when it is first needed, below the same folder: the AWS SDK. */
  readonly chunks: readonly string[]
  /** Of all of its files. */
  readonly bytes: number
  readonly inputs: Metafile['inputs']
}

export type BuildFunctionsOptions = {
  readonly accessFile: string
  readonly outDir: string
  readonly varsFile?: string
  /** A `--local` build: keys come from the issuers of `npm start` at this address, and nothing else changes. */
  readonly localIssuers?: string
}

/**
 * Writes `outDir/<function>/index.mjs`, each exporting `handler`, from a manifest. Needs neither AWS nor the
 * network. Throws `ManifestError` with every problem of the manifest, and then writes nothing.
 */
export async function buildFunctions(options: BuildFunctionsOptions): Promise<readonly BuiltFunction[]> {
  const loaded = loadManifest(
    options.accessFile,
    options.varsFile === undefined ? {} : { varsFile: options.varsFile },
  )
  const local = options.localIssuers === undefined ? {} : { localIssuers: options.localIssuers }
  return bundleFunctions(compileManifest(loaded, local), options.outDir)
}

/** The same from a compiled manifest. */
export async function bundleFunctions(access: Access, outDir: string): Promise<readonly BuiltFunction[]> {
  return Promise.all(functionsOf(access).map((name) => bundleFunction(name, access, join(outDir, name))))
}

/** The broker only where a role lends something or tokens are given, and what keeps keys and secrets where there are some. */
export function functionsOf({ roles, tokens, clients, secrets }: Access): readonly FunctionName[] {
  const lends = roles.some((role) => role.credentials !== undefined)
  const signs = tokens !== undefined
  const rotates = signs || secrets !== undefined || clients !== undefined
  return [
    'authorizer',
    ...(lends || signs ? (['broker'] as const) : []),
    ...(signs ? (['jwks'] as const) : []),
    ...(rotates ? (['rotation'] as const) : []),
  ]
}

async function bundleFunction(name: FunctionName, access: Access, folder: string): Promise<BuiltFunction> {
  const { metafile } = await build({
    ...lambdaOptions,
    entryPoints: [{ in: join(packageRoot(), functions[name]), out: 'index' }],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    // What is loaded on first use stays out of what a cold start reads.
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    ...(name !== 'authorizer' && { banner: { js: withRequire } }),
    plugins: [accessModule(partFor(name, access)), withoutUnusedParts, builtinsByName(name)],
  })
  const outputs = Object.entries(metafile.outputs)
  const file = join(folder, 'index.mjs')
  // Not by `entryPoint`: what an `import()` names is one too.
  const chunks = outputs.map(([path]) => resolve(path)).filter((path) => path !== resolve(file))
  const bytes = outputs.reduce((sum, [, one]) => sum + one.bytes, 0)
  return { name, file, chunks, bytes, inputs: metafile.inputs }
}

/** No bundle holds what its function has no use for. The authorizer lends and signs nothing; others decide nothing. */
function partFor(name: FunctionName, access: Access): Access {
  if (name === 'broker') return access
  const { tokens, clients, secrets, ...rest } = access
  if (name === 'authorizer')
    return { ...rest, roles: rest.roles.map(({ credentials, lends, ...role }) => role) }
  const nobody = { ...rest, issuers: [], apps: rest.apps.slice(0, 1), roles: [], rules: [], index: {} }
  if (name === 'jwks') return { ...nobody, ...(tokens && { tokens }) }
  const rotated = clients?.map(({ jwks, ...client }) => client)
  return {
    ...nobody,
    ...(tokens && { tokens }),
    ...(rotated && { clients: rotated }),
    ...(secrets && { secrets }),
  }
}

/** For a release of the AWS SDK with a package that is CommonJS alone, and loads Node's modules by `require`. */
const withRequire = "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);"

/** What every Lambda bundle is built with: one minified ES module for the runtime's Node. */
export const lambdaOptions = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minify: true,
  treeShaking: true,
  legalComments: 'none',
  metafile: true,
  write: true,
  logLevel: 'silent',
  // ES modules before CommonJS, of which nothing can be left out: the AWS SDK has half the bytes so. Its packages name
  // both ways, some by "module" beside "main", some by a condition of that name before the one that Node goes by.
  conditions: ['module', 'node'],
  mainFields: ['module', 'main'],
} as const satisfies BuildOptions

/** The manifest as the bundle holds it: JSON texts, parsed twice as fast as the same object literal is evaluated. */
function accessModule(access: Access): Plugin {
  const texts = textsOf(access)
  const contents = `import { accessOf } from ${JSON.stringify(join(packageRoot(), 'shared/access/rows.ts'))}
    export const access = accessOf(${textsExpression(texts)})`
  return {
    name: 'postern:access',
    setup(setup) {
      setup.onResolve({ filter: /^postern:access$/ }, ({ path }) => ({ path, namespace: 'postern' }))
      const loaded = { contents, loader: 'js', resolveDir: packageRoot() } as const
      setup.onLoad({ filter: /.*/, namespace: 'postern' }, () => loaded)
    },
  }
}

/** From so many characters on the texts are packed: for 4 MB reading and scanning take 36 ms, unpacking them 8. */
const packFrom = 100_000

/** Deflate, since the same Node makes the same bytes of it; most of a large manifest repeats itself. */
function textsExpression(texts: AccessTexts): string {
  const joined = texts.join(packSeparator)
  if (joined.length < packFrom) return JSON.stringify(texts)
  const chunkSize = Math.max(64, Buffer.byteLength(joined) + 1)
  const packed = deflateRawSync(joined, { level: 9 }).toString('base64')
  return `process.getBuiltinModule('node:zlib')
    .inflateRawSync(Buffer.from('${packed}', 'base64'), { chunkSize: ${chunkSize} })
    .toString().split(${JSON.stringify(packSeparator)})`
}

/** As a tab, it stands in no JSON text. */
const packSeparator = '\n'

/**
 * aws-jwt-verify brings the JWK, claim and Cognito checks. Its fetcher would load node:https at every cold start, and
 * its verifiers, which nothing calls but a base class keeps in, are a quarter of the code to compile.
 */
const withoutUnusedParts: Plugin = {
  name: 'without-unused-parts',
  setup(setup) {
    const filter = /aws-jwt-verify[\\/]dist[\\/](esm|cjs)[\\/](https(-node)?|jwt-verifier)\.js$/
    setup.onLoad({ filter }, ({ path }) => ({
      contents: path.endsWith('jwt-verifier.js') ? 'export class JwtVerifierBase {}' : noFetcher,
      loader: 'js',
    }))
  },
}

const noFetcher =
  'export class SimpleFetcher {}\nexport function fetch() { throw new Error("keys are fetched by shared/http") }'

/**
 * An import of a builtin reads all its exports, and some are made when they are read: `webcrypto` of node:crypto loads
 * a dozen modules (3 ms of a cold start), `WebSocket` of node:http all of undici (30 ms). So these two are asked for
 * what is used of them. `getRandomValues` is such a one itself, and asked for when it is called. A name that is missing
 * here fails the build, or for `import()` what calls it.
 */
const builtinsByName = (name: FunctionName): Plugin => ({
  name: 'builtins-by-name',
  setup(setup) {
    setup.onResolve({ filter: /^(node:)?(crypto|http)$/ }, ({ path }) => ({
      path: path.replace(/^(node:)?/, 'node:'),
      namespace: 'builtin',
    }))
    setup.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: path === 'node:crypto' ? cryptoByName(name) : builtins[path as keyof typeof builtins],
      loader: 'js',
    }))
  },
})

/** What signs, keeps secrets and makes keys needs more. */
function cryptoByName(name: FunctionName): string {
  const more = name === 'authorizer' ? '' : ', generateKeyPairSync, timingSafeEqual'
  return `export const { constants, createHash, createHmac, createPrivateKey, createPublicKey, createVerify, hash, randomBytes, randomFillSync, randomUUID, sign, verify${more} } =
    process.getBuiltinModule('node:crypto')
    export const getRandomValues = (array) => process.getBuiltinModule('node:crypto').getRandomValues(array)`
}

const builtins = {
  // As CommonJS, since some import it whole.
  'node:http': `module.exports = process.getBuiltinModule('node:http')`,
} as const
