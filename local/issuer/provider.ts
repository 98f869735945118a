import { randomBytes, randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AsymmetricSigningAlgorithm, Configuration, JWK } from 'oidc-provider'
import type { Algorithm, Issuer } from '../../shared/access/access.ts'
import {
  type ClaimSet,
  type IssuerSettings,
  jwksPaths,
  type LocalIssuer,
  lifetime,
  type SignOptions,
} from './issuer.ts'
import {
  createKeyRing,
  familyOf,
  type KeyRing,
  type KeySlot,
  payloadOf,
  privateJwk,
  type SigningKey,
  signWith,
} from './keys.ts'

/** What one token request shall come out as; handed to the provider's hooks by a header, since OAuth has no words for it. */
type Order = { readonly claims: ClaimSet; readonly options: SignOptions; failure?: Error }
/** One that may ask for tokens by the client credentials grant (RFC 6749 section 4.4). */
type Client = { readonly client_id: string; readonly client_secret: string }
type Answer = (request: IncomingMessage, response: ServerResponse) => void

const orderHeader = 'x-local-order'
const usualSeconds = 3600

/**
 * Any other OIDC issuer: a real oidc-provider, its own discovery, key set and token endpoint, signing as the manifest
 * says. The clients that the manifest's rules name may ask it for tokens as services do, by client_secret_basic.
 */
export async function createProviderIssuer(
  settings: IssuerSettings,
  clientIds: readonly string[],
): Promise<LocalIssuer> {
  const { issuer, url } = settings
  const ring = await createKeyRing(slotsOf(issuer.algorithms))
  const client = makeClient('local-caller')
  const services = clientIds.map(makeClient)
  const orders = new Map<string, Order>()
  let answer = await startProvider(settings, ring, client, services, orders)
  return {
    clients: services.map(({ client_id: id, client_secret: secret }) => ({ id, secret })),
    async sign(claims, options) {
      const algorithm = algorithmOf(issuer, options)
      const resign = (set: ClaimSet, typ: string | undefined) =>
        signWith(ring.signer(familyOf(algorithm)), { alg: algorithm, typ }, set, options)
      if (options.raw) return resign(claims, typOf(issuer))
      const plain = wouldSign(issuer, claims, options)
      const order: Order = plain ? { claims, options } : { claims: {}, options: {} }
      const token = await requestToken(url, client, orders, order)
      if (plain) return token
      const times = lifetime(settings.nowMs(), options, usualSeconds)
      return resign({ ...payloadOf(token), ...times, ...claims }, typOf(issuer))
    },
    async rotate(options) {
      await ring.rotate(options)
      answer = await startProvider(settings, ring, client, services, orders)
    },
    answer(path, request, response) {
      // The provider is mounted: it routes by `url` and puts `baseUrl` before the addresses it gives out.
      const query = request.url?.split('?')[1]
      const own = jwksPaths.includes(path) ? '/jwks' : path
      Object.assign(request, {
        url: query === undefined ? own : `${own}?${query}`,
        baseUrl: new URL(url).pathname,
      })
      answer(request, response)
    },
  }
}

function makeClient(id: string): Client {
  return { client_id: id, client_secret: randomBytes(32).toString('base64url') }
}

/** One key per family; its algorithm is published where it is the only one of that family. */
function slotsOf(algorithms: readonly Algorithm[]): Record<string, KeySlot> {
  const slots: Record<string, KeySlot> = {}
  for (const algorithm of algorithms) {
    const family = familyOf(algorithm)
    slots[family] = slots[family] === undefined ? { family, alg: algorithm } : { family }
  }
  return slots
}

/** The one asked for, where the issuer has it; else its first. */
function algorithmOf(issuer: Issuer, { algorithm }: SignOptions): Algorithm {
  const [first = 'RS256'] = issuer.algorithms
  return algorithm !== undefined && issuer.algorithms.includes(algorithm) ? algorithm : first
}

/** What no provider would sign (a foreign algorithm, a header of one's own, no audience) is its token, changed and signed again. */
function wouldSign(issuer: Issuer, claims: ClaimSet, { algorithm, kid, header }: SignOptions): boolean {
  const configured = algorithm === undefined || issuer.algorithms.includes(algorithm)
  const whole = !('aud' in claims && !claims.aud) && !('iat' in claims && claims.iat === undefined)
  return configured && whole && kid === undefined && header === undefined
}

async function requestToken(
  url: string,
  client: Client,
  orders: Map<string, Order>,
  order: Order,
): Promise<string> {
  const id = randomUUID()
  orders.set(id, order)
  try {
    const response = await fetch(`${url}/token`, {
      method: 'POST',
      headers: { [orderHeader]: id },
      body: new URLSearchParams({
        ...client,
        grant_type: 'client_credentials',
        resource: anyAudience,
      }),
    })
    const { access_token: token, error } = (await response.json()) as {
      access_token?: string
      error?: string
    }
    if (token !== undefined) return token
    const message = `the token endpoint of ${url} answered ${response.status}, ${error}`
    throw new Error(message, { cause: order.failure })
  } finally {
    orders.delete(id)
  }
}

async function startProvider(
  settings: IssuerSettings,
  ring: KeyRing,
  client: Client,
  services: readonly Client[],
  orders: ReadonlyMap<string, Order>,
): Promise<Answer> {
  // Loaded when there is an issuer for it: oidc-provider and koa take 250 ms.
  const { Provider } = await import('oidc-provider')
  const keys = ring.published()
  const provider = new Provider(settings.issuer.iss, {
    // All that oidc-provider would otherwise print a notice about is set: keys, adapter, lifetimes, no interactions.
    jwks: { keys: keys.map((key) => privateJwk(key) as JWK) },
    adapter: () => nothingStored,
    clients: [
      { ...client, ...tokensAlone, token_endpoint_auth_method: 'client_secret_post' },
      ...services.map((service) => ({
        ...service,
        ...tokensAlone,
        token_endpoint_auth_method: 'client_secret_basic' as const,
      })),
    ],
    clientDefaults: {
      id_token_signed_response_alg: settings.issuer.algorithms[0] as AsymmetricSigningAlgorithm,
    },
    clientAuthMethods: ['client_secret_post', 'client_secret_basic'],
    clientBasedCORS: () => false,
    ttl: { ClientCredentials: usualSeconds },
    ...tokenHooks(settings, keys, orders),
  })
  provider.on('server_error', (ctx, error) => {
    const order = orders.get(ctx.get(orderHeader))
    if (order !== undefined) order.failure = error
  })
  return provider.callback()
}

const tokensAlone = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] }
/** A resource that stands for the issuer's first audience, whoever asks for none by name. */
const anyAudience = 'urn:local:audience'

function tokenHooks(
  { issuer, nowMs }: IssuerSettings,
  keys: readonly SigningKey[],
  orders: ReadonlyMap<string, Order>,
): Pick<Configuration, 'features' | 'formats'> {
  return {
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => anyAudience,
        getResourceServerInfo(ctx) {
          const alg = algorithmOf(issuer, orders.get(ctx.get(orderHeader))?.options ?? {})
          const sign = { alg, ...kidOf(keys, alg) }
          return {
            scope: '',
            audience: issuer.audience?.[0] ?? issuer.iss,
            accessTokenFormat: 'jwt',
            jwt: { sign },
          }
        },
      },
    },
    formats: {
      customizers: {
        jwt(ctx, _token, parts) {
          const order = orders.get(ctx.get(orderHeader))
          const times = lifetime(nowMs(), order?.options ?? {}, usualSeconds)
          // An id token names no client besides its audience.
          const shape = issuer.tokenUse === 'id' ? { client_id: undefined, scope: undefined } : {}
          parts.header = { ...parts.header, typ: typOf(issuer) }
          parts.payload = { ...parts.payload, ...shape, ...times, ...order?.claims }
        },
      },
    },
  }
}

/** The present signer, which stands before those it replaced. */
function kidOf(keys: readonly SigningKey[], algorithm: Algorithm): { kid?: string } {
  const key = keys.find((one) => one.family === familyOf(algorithm))
  return key === undefined ? {} : { kid: key.kid }
}

/** RFC 9068's `at+jwt` where the manifest takes it, as oidc-provider signs by itself; else what it does take. */
function typOf(issuer: Issuer): string | undefined {
  const usual = issuer.tokenUse === 'id' ? ['jwt', ''] : ['at+jwt', 'jwt', '']
  const typ = usual.find((one) => issuer.typ.includes(one)) ?? issuer.typ[0]
  return typ === 'jwt' ? 'JWT' : typ || undefined
}

/** JWT access tokens are not stored, and nothing else happens here. */
const nothingStored = {
  upsert: async () => undefined,
  find: async () => undefined,
  findByUserCode: async () => undefined,
  findByUid: async () => undefined,
  consume: async () => undefined,
  destroy: async () => undefined,
  revokeByGrantId: async () => undefined,
}
