import type { Issuer } from '../../shared/access/access.ts'
import type { ClaimSet, SignOptions } from '../issuer/issuer.ts'
import type { World } from '../world.ts'
import { type ApiType, call, handshake } from './call.ts'
import { type Actor, cast, refusedRoute } from './cast.ts'
import { loanSteps } from './loan-steps.ts'
import type { Expected, Step } from './play.ts'

/**
 * The story of a manifest: who may, who may not, what a cached policy answers, every kind of bad token, and an
 * issuer that rotates its keys and goes down. The steps are played in order; later ones rely on earlier ones.
 */
export function storyOf(world: World): readonly Step[] {
  const actors = cast(world)
  const lead = actors[0]
  const loans = loanSteps(world)
  if (!lead && loans.length > 0) return loans
  if (!lead)
    throw new Error(
      'the manifest has no role with a trust rule that a token could meet and a route, or an AWS role to lend',
    )
  const others = actors.slice(1, maxActors).map((actor) => firstCall(world, 'rest', actor))
  return [
    ...openings(world, 'rest', lead),
    ...others,
    ...loans,
    ...badTokens(world, 'rest', lead),
    ...openings(world, 'http', lead),
    ...badTokens(world, 'http', lead),
    ...handshakes(
      world,
      actors.find(({ connects }) => connects),
    ),
    // Postern's own keys are Secrets Manager's to rotate.
    ...(issuerOf(world, lead).type === 'postern' ? [] : keySteps(world, lead)),
  ]
}

/** A manifest of thousands of roles gets a short story all the same. */
const maxActors = 6

const granted: Expected = { status: 200, reason: 'granted', record: 'allow' }

function firstCall(world: World, type: ApiType, actor: Actor): Step {
  const route = actor.grants[0] as string
  return {
    title: `${actor.name} calls ${route} (${type})`,
    expect: granted,
    call: () => call(world, actor.app, type, route, actor.token),
  }
}

/** The first calls of a caller: granted, answered from the cached policy, refused by it, refused afresh. */
function openings(world: World, type: ApiType, actor: Actor): Step[] {
  const { cacheSeconds, response } = actor.app
  // A simple answer is kept for its route alone.
  const cached = cacheSeconds > 0 && !(type === 'http' && response === 'simple')
  const second = actor.grants[1]
  const refused = refusedRoute(world, actor)
  const steps = [firstCall(world, type, actor)]
  if (second)
    steps.push({
      title: `the same token calls ${second}${cached ? ': the cached policy lets it' : ''}`,
      expect: cached ? { status: 200, reason: '-', record: 'none' } : granted,
      call: () => call(world, actor.app, type, second, actor.token),
    })
  if (!refused) return steps
  const denied: Expected = { status: 403, reason: 'route_not_granted', record: 'deny' }
  const told = type === 'rest' ? 'route_not_granted' : '-'
  steps.push({
    title: `the same token calls ${refused}${cached ? ': the cached policy refuses it' : ''}`,
    expect: cached ? { status: 403, reason: told, record: 'none' } : denied,
    call: () => call(world, actor.app, type, refused, actor.token),
  })
  steps.push({
    title: `a new token of ${actor.name} calls ${refused}`,
    expect: denied,
    call: async () => call(world, actor.app, type, refused, await sign(world, actor)),
  })
  return steps
}

/** Each has one thing wrong with it. An HTTP API cannot answer 401 for a token it was given (facts A5): 403. */
function badTokens(world: World, type: ApiType, actor: Actor): Step[] {
  const route = actor.grants[0] as string
  const step = (title: string, reason: string, token: () => Promise<string>): Step => ({
    title,
    expect: { status: type === 'rest' ? 401 : 403, reason, record: 'deny' },
    call: async () => call(world, actor.app, type, route, await token()),
  })
  const past = () => ({ iat: nowSeconds(world) - 7200, exp: nowSeconds(world) - 3600 })
  const wrong = wrongKind(issuerOf(world, actor))
  const asked = type === 'http' || actor.app.cacheSeconds > 0
  return [
    {
      title: 'no token',
      expect: { status: 401, reason: asked ? '-' : 'token_missing', record: asked ? 'none' : 'deny' },
      call: () => call(world, actor.app, type, route),
    },
    step('an expired token', 'token_expired', () => sign(world, actor, past())),
    step('a forged token: another subject under the same signature', 'signature_invalid', async () =>
      withSubject(await sign(world, actor), 'somebody-else'),
    ),
    step('an unsigned token: "alg": "none"', 'algorithm_not_allowed', async () =>
      unsigned(await sign(world, actor)),
    ),
    step('a foreign token: of an issuer the manifest does not name', 'issuer_unknown', () =>
      sign(world, actor, { iss: 'https://elsewhere.example' }),
    ),
    ...(wrong
      ? [step(wrong.title, 'token_use_not_allowed', () => sign(world, actor, wrong.claims, wrong.options))]
      : []),
  ]
}

/** WebSocket APIs ask at the handshake, each time anew. */
function handshakes(world: World, actor: Actor | undefined): Step[] {
  if (actor === undefined) return []
  const asks = 'opens a WebSocket'
  return [
    {
      title: `${actor.name} ${asks}`,
      expect: { ...granted, status: 101 },
      call: () => handshake(world, actor.app, actor.token),
    },
    {
      title: `nobody in particular ${asks}`,
      expect: { status: 401, reason: '-', record: 'none' },
      call: () => handshake(world, actor.app),
    },
    {
      title: `an expired token of ${actor.name} ${asks}`,
      expect: { status: 401, reason: 'token_expired', record: 'deny' },
      call: async () => {
        const exp = nowSeconds(world) - 3600
        return handshake(world, actor.app, await sign(world, actor, { iat: exp - 3600, exp }))
      },
    },
  ]
}

/** A new key is found without a refusal; old ones serve while the issuer is down; an unknown one is our fault. */
function keySteps(world: World, actor: Actor): Step[] {
  const route = actor.grants[0] as string
  const fresh = async () => call(world, actor.app, 'rest', route, await sign(world, actor))
  let requests = 0
  return [
    {
      title: `${actor.issuer} rotates its key; a token signed with the new one`,
      expect: granted,
      call: async () => {
        await world.issuers.rotate(actor.issuer)
        return fresh()
      },
    },
    {
      title: `${actor.issuer} is down and its keys are of age: they serve on`,
      expect: granted,
      call: async () => {
        world.issuers.setMode(actor.issuer, 'down')
        await new Promise((resolve) => setTimeout(resolve, 1100))
        requests = world.issuers.requests(actor.issuer)
        return fresh()
      },
      also: () =>
        world.issuers.requests(actor.issuer) > requests ? undefined : 'the keys were not fetched again',
    },
    {
      title: `${actor.issuer} is down and signs with a key nobody has seen: a fault of ours, never a cached refusal`,
      expect: { status: 500, reason: 'keys_stale', record: 'deny' },
      call: async () => {
        await world.issuers.rotate(actor.issuer)
        const answer = await fresh()
        world.issuers.setMode(actor.issuer, 'up')
        return answer
      },
    },
  ]
}

/** A token of the issuer that is not of the kind the manifest asks for. */
function wrongKind(issuer: Issuer): { title: string; claims: ClaimSet; options: SignOptions } | undefined {
  const other = issuer.tokenUse === 'access' ? 'id' : 'access'
  if (issuer.type === 'cognito')
    return {
      title: `a token of the wrong kind: "token_use": "${other}"`,
      claims: {},
      options: { shape: other },
    }
  if (issuer.tokenUse === 'id') return undefined
  return {
    title: 'a token of the wrong kind: an ID token, with a "nonce"',
    claims: { nonce: 'n-0S6' },
    options: {},
  }
}

function sign(world: World, actor: Actor, claims: ClaimSet = {}, options: SignOptions = {}): Promise<string> {
  return world.issuers.sign(actor.issuer, { ...actor.claims, ...claims }, options)
}

function issuerOf(world: World, actor: Actor): Issuer {
  return world.access.issuers.find(({ name }) => name === actor.issuer) as Issuer
}

function nowSeconds(world: World): number {
  return Math.floor(world.issuers.nowMs() / 1000)
}

function withSubject(token: string, sub: string): string {
  const [header, payload = '', signature] = token.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  return [header, encode({ ...claims, sub }), signature].join('.')
}

function unsigned(token: string): string {
  const [header = '', payload, signature] = token.split('.')
  const { typ } = JSON.parse(Buffer.from(header, 'base64url').toString())
  return [encode({ alg: 'none', typ }), payload, signature].join('.')
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
