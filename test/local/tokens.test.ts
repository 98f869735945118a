import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { publicSecret, signingSecret } from '../../local/broker/issuer.ts'
import { baseUrl } from '../../local/story/call.ts'
import { root, startWorld, type World } from '../../local/world.ts'
import type { App } from '../../shared/access/access.ts'
import { askToken } from '../support/token-stand.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({ accessFile: join(root, 'examples/bots/access.yml'), port: 0 })
}, 120_000)
afterAll(() => world.close())

const broker = () => world.broker as NonNullable<World['broker']>
const nightly = () => broker().clients.find(({ name }) => name === 'nightly')?.secret as string
const gatewayStatus = async (token: string) => {
  const [api] = world.apis
  const url = baseUrl(world, api?.app as App, api?.type === 'http' ? 'http' : 'rest')
  const response = await fetch(`${url}/orders`, { headers: { authorization: `Bearer ${token}` } })
  return response.status
}

test('a client gets a token from the built broker, and the gateway lets it in by the keys that are published', async () => {
  const { status, body } = await askToken(broker().url, {
    grant_type: 'client_credentials',
    client_id: 'nightly',
    client_secret: nightly(),
  })
  expect([status, body.scope]).toEqual([200, 'orders-reader orders-archiver'])
  expect(await gatewayStatus(body.access_token as string)).toBe(200)
  const narrow = await askToken(broker().url, {
    grant_type: 'client_credentials',
    client_id: 'nightly',
    client_secret: nightly(),
    scope: 'orders-archiver:archive',
  })
  expect(await gatewayStatus(narrow.body.access_token as string)).toBe(403)
  const credentials = await fetch(`${broker().url}/credentials/orders-archiver`, {
    headers: { authorization: `Bearer ${narrow.body.access_token}` },
  })
  const lent = (await credentials.json()) as { Expiration: string }
  expect(Date.parse(lent.Expiration) - Date.now()).toBeGreaterThan(43_000_000)
  expect(broker().aws.requests.at(-1)).toMatchObject({ action: 'AssumeRoleWithWebIdentity', answered: true })
})

test('a token of another issuer is exchanged for one that the gateway takes', async () => {
  const subject_token = await world.issuers.sign('github', {
    repository_id: '7123',
    environment: 'production',
  })
  const { body } = await askToken(broker().url, {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    audience: 'orders',
  })
  expect(body.scope).toBe('orders-reader')
  expect(await gatewayStatus(body.access_token as string)).toBe(200)
})

test('the built rotation function rotates the keys and the secret, and nobody is refused', async () => {
  const before = nightly()
  await broker().aws.secrets.rotate('postern/clients/nightly')
  await broker().aws.secrets.rotate(signingSecret)
  const { status, body } = await askToken(broker().url, {
    grant_type: 'client_credentials',
    client_id: 'nightly',
    client_secret: before,
  })
  expect(status).toBe(200)
  expect(await gatewayStatus(body.access_token as string)).toBe(200)
  const keys = (await (await fetch(`${broker().url}/.well-known/jwks.json`)).json()) as { keys: object[] }
  expect(keys.keys.length).toBeGreaterThan(0)
})

test('the function that shows keys may read no private ones', () => {
  const asked = broker().aws.secrets.requests.filter(({ principalArn }) =>
    principalArn?.includes('postern-jwks'),
  )
  expect(asked.length).toBeGreaterThan(0)
  for (const { input } of asked) expect(input.SecretId).toBe(publicSecret)
})
