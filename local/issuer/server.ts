import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Access, Issuer, IssuerName } from '../../shared/access/access.ts'
import { positionsIn } from '../../shared/access/roles-of.ts'
import { closeServer, listenOnLoopback } from '../http/loopback.ts'
import { createCognitoIssuer } from './cognito.ts'
import { createGithubIssuer, isGithub } from './github.ts'
import {
  type ClaimSet,
  discoveryPath,
  type IssuerClient,
  type IssuerSettings,
  jwksPaths,
  type LocalIssuer,
  type RotateOptions,
  type SignOptions,
} from './issuer.ts'
import { answerInMode, type Mode, type ModeSetting, usualDelayMs } from './modes.ts'
import { createPosternIssuer, type PosternKeys } from './postern.ts'
import { createProviderIssuer } from './provider.ts'

export type IssuersOptions = {
  readonly access: Access
  /** 0 for any free one. */
  readonly port: number
  /** Default: the wall clock. */
  readonly nowMs?: () => number
}

/** The manifest's issuers on loopback. Every function throws for a name the manifest does not have. */
export type LocalIssuers = {
  /** `http://127.0.0.1:8601`; an issuer's documents are below `/{name}`. */
  readonly url: string
  readonly nowMs: () => number
  sign(name: IssuerName, claims: ClaimSet, options?: SignOptions): Promise<string>
  rotate(name: IssuerName, options?: RotateOptions): Promise<void>
  /** The clients of it that the manifest's rules name, for its token endpoint, `/{name}/token`. */
  clients(name: IssuerName): readonly IssuerClient[]
  /** `delayMs` is for `slow` (3000). */
  setMode(name: IssuerName, mode: Mode, options?: { readonly delayMs?: number }): void
  /** How often discovery and keys were asked for, whatever the answer. */
  requests(name: IssuerName): number
  /** Where Postern's own keys are, for an issuer of type postern. */
  linkPostern(keys: PosternKeys): void
  close(): Promise<void>
}

type Entry = { readonly local: LocalIssuer; readonly url: string; setting: ModeSetting; requests: number }

/** Starts one stand-in per issuer of the manifest, on 127.0.0.1 alone. */
export async function startIssuers({
  access,
  port,
  nowMs = Date.now,
}: IssuersOptions): Promise<LocalIssuers> {
  const entries = new Map<IssuerName, Entry>()
  const server = createServer((request, response) => route(entries, request, response))
  const url = await listenOnLoopback(server, port)
  let posternKeys: PosternKeys | undefined
  try {
    await Promise.all(
      access.issuers.map(async (issuer) => {
        const own = `${url}/${encodeURIComponent(issuer.name)}`
        const settings = { issuer, url: own, nowMs }
        const local = await createIssuer(settings, clientIdsOf(access, issuer), () => posternKeys)
        entries.set(issuer.name, {
          local,
          url: own,
          setting: { mode: 'up', delayMs: usualDelayMs },
          requests: 0,
        })
      }),
    )
  } catch (error) {
    await closeServer(server)
    throw error
  }
  const entry = (name: IssuerName) => entryOf(entries, name)
  return {
    url,
    nowMs,
    sign: async (name, claims, options = {}) => entry(name).local.sign(claims, options),
    rotate: async (name, options = {}) => entry(name).local.rotate(options),
    clients: (name) => entry(name).local.clients ?? [],
    setMode(name, mode, { delayMs = usualDelayMs } = {}) {
      entry(name).setting = { mode, delayMs }
    },
    requests: (name) => entry(name).requests,
    linkPostern(keys) {
      posternKeys = keys
    },
    close: () => closeServer(server),
  }
}

async function createIssuer(
  settings: IssuerSettings,
  clientIds: readonly string[],
  posternKeys: () => PosternKeys | undefined,
): Promise<LocalIssuer> {
  const { issuer } = settings
  if (issuer.type === 'postern') return createPosternIssuer(settings, posternKeys)
  if (issuer.type === 'cognito') return createCognitoIssuer(settings)
  return isGithub(issuer) ? createGithubIssuer(settings) : createProviderIssuer(settings, clientIds)
}

/** The clients that the issuer's rules name: services that get tokens of their own. */
function clientIdsOf({ index, rules }: Access, { name }: Issuer): readonly string[] {
  const { scanned = [], claims = [] } = index[name] ?? {}
  const indexed = claims.flatMap(({ equals, prefixes }) => [
    ...Object.values(equals),
    ...Object.values(prefixes),
  ])
  const conditions = [...scanned, ...indexed.flatMap(positionsIn)].flatMap((at) => rules[at]?.claims ?? [])
  const ids = conditions.flatMap(({ claim, matcher }) =>
    claim.name === 'client_id' && 'equals' in matcher && typeof matcher.equals === 'string'
      ? matcher.equals
      : [],
  )
  return [...new Set(ids)]
}

function route(
  entries: ReadonlyMap<IssuerName, Entry>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const [pathname = '', query] = (request.url ?? '').split('?')
  const [, name = '', ...rest] = pathname.split('/')
  const path = `/${rest.join('/')}`
  const found = entries.get(decode(name))
  if (found === undefined) {
    response.writeHead(404, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ message: 'no such issuer', issuers: [...entries.keys()] }))
    return
  }
  const { setting, url } = found
  const answer = () => found.local.answer(path, request, response)
  if (path === discoveryPath || jwksPaths.includes(path)) {
    found.requests++
    // Who followed a redirect is given what it came for.
    const mode = query === 'redirected' ? 'up' : setting.mode
    answerInMode({ ...setting, mode }, { path, url, response, answer })
  } else answer()
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

function entryOf(entries: ReadonlyMap<IssuerName, Entry>, name: IssuerName): Entry {
  const entry = entries.get(name)
  if (entry === undefined)
    throw new Error(
      `the manifest has no issuer "${name}"; it has ${[...entries.keys()].sort().join(', ') || 'none'}`,
    )
  return entry
}
