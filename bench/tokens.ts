import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createBroker } from '../functions/broker/broker.ts'
import { createJwks } from '../functions/jwks/jwks.ts'
import { compileManifest } from '../shared/manifest/compile.ts'
import { loadManifest } from '../shared/manifest/load.ts'
import { signJwt } from '../shared/oauth/sign.ts'
import {
  newSigningKey,
  privateKeyOf,
  publicJwk,
  writePublicKeys,
  writeSigningKeys,
} from '../shared/secret/signing-keys.ts'
import type { HeldSecret } from '../shared/secret/store.ts'
import { lane, race } from './race.ts'
import { ratioRow, type Section, type Size, us } from './row.ts'

const issuer = 'https://postern.acme.example'
const clientSecret = 'bench-secret-of-a-client'.padEnd(43, 'x')

const claims = { iss: issuer, sub: 'client:nightly', client_id: 'nightly', aud: 'orders', scope: 'reader', iat: 0, exp: 900, jti: 'x' } // biome-ignore format: a token

/** What `/token` and the key set take beside the one signature that a token needs. */
export async function tokenTime(size: Size, folder: string): Promise<Section> {
  const nowMs = Date.now()
  const key = newSigningKey(nowMs / 1000)
  const published = [{ kid: key.kid, jwk: publicJwk(key), signFrom: 0 }]
  const texts: Readonly<Record<string, string>> = {
    signing: writeSigningKeys([key]),
    published: writePublicKeys(published),
    client: JSON.stringify({ clientSecret }),
  }
  const hold = (id: string): HeldSecret => {
    const current = { id, text: texts[id] ?? '', createdAtMs: nowMs }
    const versions = {
      current,
      previous: undefined,
      pending: undefined,
      currentSinceMs: nowMs,
      isDated: true,
    }
    return { versions: async () => versions, reread: async () => versions, pending: () => undefined }
  }
  const access = accessIn(folder)
  const broker = createBroker(access, {
    fetchJson: async () => ({}),
    nowMs: Date.now,
    send: () => Promise.reject(new Error('nothing is lent here')),
    identities: undefined,
    secrets: { hold, signing: 'signing', published: 'published' },
    emit,
  })
  const jwks = createJwks(access.tokens, { published: hold('published'), nowMs: Date.now, emit })
  const signer = { kid: key.kid, key: privateKeyOf(key) }
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: 'nightly',
    client_secret: clientSecret,
  })
  const results = await race(
    [
      lane(
        'sign',
        (i) => ({ ...claims, iat: i }),
        (one) => signJwt(signer, 'at+jwt', one),
      ),
      lane(
        'token',
        () => event('POST', '/token', form.toString()),
        (one) => broker(one),
      ),
      lane(
        'keys',
        () => event('GET', '/.well-known/jwks.json'),
        (one) => jwks(one),
      ),
    ],
    { rounds: size === 'quick' ? 40 : 200, batch: 50 },
  )
  const row = (what: string, name: string) => {
    const { medianUs, ratio } = results.get(name) as { medianUs: number; ratio: number }
    return ratioRow(what, us(medianUs), ratio, 'one bare ES256 signature')
  }
  return {
    title: 'Tokens',
    note: 'With the secrets held: client credentials with a client secret, and the key set; beside one signature over the same claims.',
    rows: [
      row('sign alone', 'sign'),
      row('POST /token, client credentials', 'token'),
      row('the key set', 'keys'),
    ],
  }
}

function accessIn(folder: string) {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'access.yml')
  const manifest = {
    version: 1,
    issuers: { bots: { type: 'postern' } },
    tokens: { issuer, audiences: ['orders'] },
    clients: { nightly: { secret: 'client', allowedAudiences: ['orders'] } },
    roles: {
      reader: { trust: [{ issuer: 'bots', claims: { sub: 'client:nightly' } }], routes: ['GET /orders'] },
    },
  }
  writeFileSync(file, JSON.stringify(manifest))
  return compileManifest(loadManifest(file))
}

function emit(line: string): void {
  process.stdout.write(`${line}\n`)
}

function event(method: string, rawPath: string, body = ''): object {
  return {
    version: '2.0',
    rawPath,
    rawQueryString: '',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    requestContext: { stage: '$default', http: { method, path: rawPath, sourceIp: '192.0.2.1' } },
    body,
    isBase64Encoded: false,
  }
}
