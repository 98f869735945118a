import type { Issuer } from '../../shared/access/access.ts'
import type { Json, JsonObject } from '../../shared/json.ts'
import { type Header, parseHeader } from '../../shared/token/header.ts'
import { createIssuerKeys, type IssuerKeys } from '../../shared/token/issuer-keys.ts'
import { everyAlgorithm, makeKey, type TestKey } from './keys.ts'
import { nowMs, segment } from './token.ts'

export const iss = 'https://id.partner.example'
export const jwksUri = 'https://id.partner.example/keys'

export function issuerOf(more: Partial<Issuer> = {}): Issuer {
  return {
    name: 'partner',
    type: 'oidc',
    iss,
    keys: { jwksUri },
    algorithms: everyAlgorithm,
    audience: ['orders'],
    tokenUse: 'access',
    typ: ['', 'jwt', 'at+jwt'],
    require: [],
    clockSkewSeconds: 5,
    maxKeyAgeSeconds: 3600,
    maxKeyStaleSeconds: 86_400,
    ...more,
  }
}

/** The header of an ES256 token by that key. */
export function headerOf(kid: string | undefined): Header {
  return parseHeader(segment({ alg: 'ES256', kid }))
}

/** An answer that comes when the test says so. */
export type Asked = {
  readonly url: string
  readonly answer: (document: JsonObject) => void
  readonly fail: (error: Error) => void
}

export type KeyStand = {
  readonly keys: IssuerKeys
  readonly clock: { nowMs: number }
  readonly asked: readonly Asked[]
  /** What is answered at once; `undefined` leaves the answers to the test. */
  serve: ((url: string) => JsonObject) | undefined
}

export function keyStandOf(issuer: Issuer): KeyStand {
  const asked: Asked[] = []
  const clock = { nowMs }
  const stand: KeyStand = {
    clock,
    asked,
    serve: undefined,
    keys: createIssuerKeys(issuer, {
      nowMs: () => clock.nowMs,
      fetchJson: (url) =>
        new Promise((resolve, reject) => {
          asked.push({ url, answer: resolve, fail: reject })
          // What `serve` throws, here within a promise's executor, is a rejection.
          if (stand.serve) resolve(stand.serve(url))
        }),
    }),
  }
  return stand
}

export function setOf(...keys: readonly (TestKey | Json)[]): JsonObject {
  const half = (key: TestKey | Json): Json =>
    typeof key === 'object' && key !== null && 'jwk' in key ? (key as TestKey).jwk : (key as Json)
  return { keys: keys.map(half) }
}

/** Lets everything that waits for an answered promise go on. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

export const first = makeKey('P-256', 'first')
export const second = makeKey('P-256', 'second')
export const find = async ({ keys, clock }: KeyStand, kid: string | undefined) =>
  keys.find(headerOf(kid), clock.nowMs)
export const reasonOf = async (looking: Promise<unknown>) =>
  looking.then(
    () => 'found',
    (error: { reason?: string }) => error.reason ?? String(error),
  )

/** A fetch sets off a turn of the queue after it is called for. */
export async function refresh({ keys }: KeyStand, atMs: number): Promise<void> {
  keys.refreshIfDue(atMs)
  await settled()
}

/** A stand that holds the first key, fetched at `nowMs`. */
export async function standWithFirst(more: Parameters<typeof issuerOf>[0] = {}): Promise<KeyStand> {
  const stand = keyStandOf(issuerOf(more))
  stand.serve = () => setOf(first)
  await find(stand, 'first')
  if (stand.asked.length !== 1) throw new Error(`${stand.asked.length} fetches for the first key`)
  return stand
}
