import { hash, randomUUID } from 'node:crypto'
import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { stageProblems } from '../../../local/aws/secrets/versions.ts'
import type { AppClientSecrets } from '../../../shared/secret/kind-cognito.ts'
import { publicationLeadSeconds } from '../../../shared/secret/kind-signing.ts'
import { readPublicKeys, readSigningKeys } from '../../../shared/secret/signing-keys.ts'
import {
  askToken,
  currentSecret,
  publicSecret,
  signingSecret,
  startTokens,
  type TokenStand,
} from '../../support/token-stand.ts'

const overlapSeconds = 3600
const clients = ['early', 'late'] as const
const secretOf = (client: string) => `clients/${client}`

let stand: TokenStand
let pool: ReturnType<typeof appClient>
beforeEach(async () => {
  pool = appClient()
  const client = (name: string) => ({ secret: secretOf(name), allowedAudiences: ['orders'], overlapSeconds })
  stand = await startTokens(
    (issuer) => ({
      version: 1,
      issuers: { bots: { type: 'postern' } },
      tokens: { issuer, audiences: ['orders'] },
      clients: { early: client('early'), late: client('late') },
      secrets: {
        key: { kind: 'manual', secret: 'partner/key', maxAgeDays: 90 },
        pool: { kind: 'cognito', secret: 'pool', userPoolId: 'eu-west-1_A', clientId: 'app', overlapSeconds },
      },
    }),
    { appClient: pool },
  )
  const first = 'first-secret-of-the-pool'.padEnd(43, 'x')
  await pool.add(first)
  stand.aws.secrets.create('partner/key', 'a key of the partner')
  stand.aws.secrets.create('pool', JSON.stringify({ clientSecret: first }), { rotationLambdaArn: 'arn' })
})
afterEach(() => stand.close())

/** A Cognito app client as facts D3 has it: two secrets at most, and their values are told to nobody. */
function appClient(): AppClientSecrets & { readonly accepts: (secret: string) => boolean } {
  const secrets: { readonly id: string; readonly digest: string }[] = []
  let made = 0
  const digestOf = (secret: string) => hash('sha256', secret)
  return {
    list: async () => secrets.map(({ id }) => id),
    async add(secret) {
      if (secrets.length === 2) throw new Error('LimitExceededException')
      secrets.push({ id: `app--${made++}`, digest: digestOf(secret) })
    },
    async remove(id) {
      if (secrets.length === 1) throw new Error('InvalidParameterException')
      secrets.splice(
        secrets.findIndex((one) => one.id === id),
        1,
      )
    },
    accepts: (secret) => secrets.some(({ digest }) => digest === digestOf(secret)),
  }
}

/** Callers of every kind, each with what it was given last; `call` is one round, and says who was refused. */
function traffic() {
  const known = new Map(clients.map((client) => [client, currentSecret(stand, secretOf(client))]))
  let poolSecret = currentSecret(stand, 'pool')
  let kept: { readonly token: string; readonly endsAtMs: number }[] = []
  const fetched = new Map<
    string,
    { readonly body: string; readonly untilMs: number; readonly maxAge: string }
  >()
  /** As a cache between verifiers and us would: for as long as the answer says, by the stand's own clock. */
  const cachedFetch = async (url: string) => {
    const before = fetched.get(url)
    if (before !== undefined && stand.clock.nowMs < before.untilMs) return answerOf(before.body)
    const response = await fetch(url)
    const body = await response.text()
    const maxAge = /max-age=(\d+)/.exec(response.headers.get('cache-control') ?? '')?.[1] ?? '0'
    fetched.set(url, { body, untilMs: stand.clock.nowMs + Number(maxAge) * 1000, maxAge })
    return answerOf(body)
  }
  const answerOf = (body: string) => new Response(body, { headers: { 'content-type': 'application/json' } })

  return {
    /** A client that asks for its next secret with the one it has, as a bot outside AWS does. */
    async refresh(client: (typeof clients)[number]) {
      const body = new URLSearchParams({ client_id: client, client_secret: known.get(client) as string })
      const response = await fetch(`${stand.url}/clients/self/secret`, { method: 'POST', body })
      expect(response.status).toBe(200)
      known.set(client, ((await response.json()) as { client_secret: string }).client_secret)
    },
    readPool() {
      poolSecret = currentSecret(stand, 'pool')
    },
    async call(): Promise<readonly string[]> {
      const refused: string[] = []
      for (const [client, secret] of known) {
        const { status, body } = await askToken(stand.url, {
          grant_type: 'client_credentials',
          client_id: client,
          client_secret: secret,
        })
        if (status === 200)
          kept.push({
            token: body.access_token as string,
            endsAtMs: stand.clock.nowMs + Number(body.expires_in) * 1000,
          })
        else refused.push(`${client}: ${body.error_description}`)
      }
      if (!pool.accepts(poolSecret)) refused.push('the pool refuses its secret')
      kept = kept.filter(({ endsAtMs }) => endsAtMs > stand.clock.nowMs)
      // A new set each time: nothing is kept but by the cache in between, for the whole of its lifetime.
      const jwks = createRemoteJWKSet(new URL(`${stand.url}/.well-known/jwks.json`), {
        [customFetch]: cachedFetch,
      })
      for (const { token } of kept) {
        const options = { issuer: stand.url, audience: 'orders', currentDate: new Date(stand.clock.nowMs) }
        await jwtVerify(token, jwks, options).catch((error) =>
          refused.push(`a foreign verifier: ${error.message}`),
        )
      }
      return refused
    },
    known,
  }
}

const kinds = [signingSecret, ...clients.map(secretOf), 'pool']

function expectStages(): void {
  for (const kind of kinds) expect([kind, stageProblems(stand.aws.secrets.find(kind))]).toEqual([kind, []])
}

/** Time goes on in steps, with calls in between; the schedule looks at the secrets every hour. */
async function passTime(
  seconds: number,
  callers: ReturnType<typeof traffic>,
  stepSeconds = 300,
): Promise<void> {
  for (let passed = 0; passed < seconds; passed += stepSeconds) {
    stand.clock.nowMs += stepSeconds * 1000
    if (passed % 3600 < stepSeconds) await stand.rotation({ watch: 'secrets' })
    expect(await callers.call()).toEqual([])
  }
}

// Until the key before is over too: the lead of the next, the last token's life, and some.
const spacingSeconds = publicationLeadSeconds + 4200

describe('every kind of secret is rotated three times, and nobody is refused', () => {
  test('with clients that learn of their next secret early, late, and by reading Secrets Manager', async () => {
    const callers = traffic()
    expect(await callers.call()).toEqual([])
    for (let round = 0; round < 3; round++) {
      const before = new Map(callers.known)
      for (const kind of kinds) {
        await stand.aws.secrets.rotate(kind)
        expect(await callers.call()).toEqual([])
      }
      expectStages()
      await callers.refresh('early')
      callers.readPool()
      await passTime(overlapSeconds - 600, callers)
      await callers.refresh('late')
      await passTime(spacingSeconds - overlapSeconds + 600, callers)
      for (const [client, secret] of before) {
        const { status, body } = await askToken(stand.url, { grant_type: 'client_credentials', client_id: client, client_secret: secret }) // biome-ignore format: a form
        expect([client, status, body.error, body.reason]).toEqual([
          client,
          401,
          'invalid_client',
          'client_invalid',
        ])
      }
    }
    const kids = (
      (await (await fetch(`${stand.url}/.well-known/jwks.json`)).json()) as { keys: { kid: string }[] }
    ).keys
    // The one that signs, and none of those whose last token is over.
    expect(kids).toHaveLength(1)
  }, 60_000)

  test('killed before and after each write, and run again; then two runs at once', async () => {
    const callers = traffic()
    for (const moment of ['before Put', 'after Put', 'before Update', 'after Update']) {
      for (const kind of kinds) {
        let left = 1
        stand.kill = (at) => {
          if (left > 0 && at.startsWith(moment)) {
            left--
            throw new Error(`killed ${at}`)
          }
        }
        const first = await stand.aws.secrets.rotate(kind).then(
          () => 'done',
          () => 'killed',
        )
        expect(await callers.call()).toEqual([])
        stand.clock.nowMs += 600_000
        expect(await callers.call()).toEqual([])
        expect([kind, moment, first, left]).toEqual([kind, moment, 'killed', 0])
        await stand.aws.secrets.retry(kind)
        expect(await callers.call()).toEqual([])
      }
      expectStages()
      for (const client of clients) await callers.refresh(client)
      callers.readPool()
      await passTime(spacingSeconds, callers, 600)
    }
    stand.kill = () => undefined
    for (const kind of kinds) {
      const token = hash('sha256', `${kind}-at-once`, 'hex').slice(0, 36)
      const runs = [stand.aws.secrets.rotate(kind, token), stand.aws.secrets.rotate(kind, token)]
      await Promise.allSettled(runs)
      await stand.aws.secrets.retry(kind).catch(() => undefined)
      expect(await callers.call()).toEqual([])
      expect(stand.aws.secrets.find(kind).versions.get(token)?.stages.has('AWSCURRENT')).toBe(true)
    }
    expectStages()
  }, 120_000)
})

test('a rotation within the overlap is refused; taking AWSPREVIOUS off ends the overlap and lets it go on', async () => {
  const id = secretOf('early')
  const old = currentSecret(stand, id)
  await stand.aws.secrets.rotate(id)
  stand.clock.nowMs += 60_000
  await expect(stand.aws.secrets.rotate(id)).rejects.toThrow(/^rotation_too_soon: .*another 3540 s/)
  const ask = (client_secret: string) =>
    askToken(stand.url, { grant_type: 'client_credentials', client_id: 'early', client_secret })
  expect((await ask(old)).status).toBe(200)
  const secret = stand.aws.secrets.find(id)
  for (const { stages } of secret.versions.values()) stages.delete('AWSPREVIOUS')
  secret.changedAtMs = stand.clock.nowMs
  await stand.aws.secrets.retry(id)
  stand.clock.nowMs += 61_000
  expect((await ask(currentSecret(stand, id))).status).toBe(200)
  stand.clock.nowMs += 61_000
  expect((await ask(old)).status).toBe(401)
})

test('a key whose publication another writer overwrote is published again when its step runs again', async () => {
  const currentOf = (id: string) =>
    [...stand.aws.secrets.find(id).versions.values()].find(({ stages }) => stages.has('AWSCURRENT'))?.text ??
    ''
  const before = currentOf(publicSecret)
  let puts = 0
  stand.kill = (at) => {
    if (at.startsWith('after Put') && ++puts === 2) throw new Error(`killed ${at}`)
  }
  await expect(stand.aws.secrets.rotate(signingSecret)).rejects.toThrow(/^secret_unavailable/)
  stand.kill = () => undefined
  expect(readPublicKeys(currentOf(publicSecret))).toHaveLength(2)
  // Secrets Manager has no compare-and-set: this one had read the set before the rotation wrote it.
  await stand.secretsManager((client, { PutSecretValueCommand }) =>
    client.send(
      new PutSecretValueCommand({
        SecretId: publicSecret,
        ClientRequestToken: randomUUID(),
        SecretString: before,
        VersionStages: ['AWSCURRENT'],
      }),
    ),
  )
  stand.clock.nowMs += 600_000
  await stand.aws.secrets.retry(signingSecret)
  const newest = readSigningKeys(currentOf(signingSecret)).at(-1)
  expect(readPublicKeys(currentOf(publicSecret)).map(({ kid }) => kid)).toContain(newest?.kid)
})

test('every hour each secret is looked at: how old it is, and for how long a rotation has been pending', async () => {
  const looked = async () => {
    const { length } = stand.records
    await stand.rotation({ watch: 'secrets' }, {})
    return Object.fromEntries(stand.records.slice(length).map((one) => [one.secret, one]))
  }
  expect((await looked()).key).toMatchObject({ kind: 'secret', ageSeconds: 0, overdue: 0, stuck: 0 })
  stand.clock.nowMs += 90 * 86_400_000
  expect((await looked()).key).toMatchObject({ overdue: 0 })
  stand.kill = (at) => {
    if (at.startsWith('after Put')) throw new Error(`killed ${at}`)
  }
  await stand.aws.secrets.rotate(secretOf('early')).catch(() => undefined)
  stand.kill = () => undefined
  stand.clock.nowMs += 3_601_000
  const { key, 'client:early': early } = await looked()
  expect(key).toMatchObject({ ageSeconds: 90 * 86_400 + 3601, overdue: 1, stuck: 0 })
  expect(early).toMatchObject({ pendingSeconds: 3601, stuck: 1 })
})
