import { execFile } from 'node:child_process'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LocalIssuers, startIssuers } from '../../../local/issuer/server.ts'
import { accessOf, cognito, github, oidc } from './sample-access.ts'

const access = accessOf([cognito('staff'), github(), oidc('partner', { algorithms: ['ES256', 'EdDSA'] })])

let issuers: LocalIssuers
beforeAll(async () => {
  issuers = await startIssuers({ access, port: 0 })
})
afterAll(() => issuers.close())

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1000 })
    const answer = (reached: boolean) => {
      socket.destroy()
      resolve(reached)
    }
    socket.on('connect', () => answer(true))
    socket.on('error', () => answer(false))
    socket.on('timeout', () => answer(false))
  })
}

test('only 127.0.0.1 listens: no other address of this machine is answered', async () => {
  const port = Number(new URL(issuers.url).port)
  expect(await connects('127.0.0.1', port)).toBe(true)
  const others = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map((one) => one.address))
  const hosts = ['127.0.0.2', '::1', ...others].filter((host) => host !== '127.0.0.1')
  for (const host of hosts) expect(await connects(host, port), host).toBe(false)
})

test("oidc-provider's discovery document is what its own code emits", async () => {
  const response = await fetch(`${issuers.url}/partner/.well-known/openid-configuration`)
  const document = (await response.json()) as Record<string, unknown>
  expect(document).toMatchObject({
    token_endpoint: `${issuers.url}/partner/token`,
    authorization_endpoint: `${issuers.url}/partner/auth`,
    jwks_uri: `${issuers.url}/partner/jwks`,
    id_token_signing_alg_values_supported: ['ES256', 'EdDSA'],
  })
  expect(document.grant_types_supported).toContain('client_credentials')
  expect(document.code_challenge_methods_supported).toEqual(['S256'])
})

test('the token endpoint is real: a stranger without the secret gets no token', async () => {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: 'local-caller',
    client_secret: 'guess',
    resource: 'urn:local:audience',
  })
  const response = await fetch(`${issuers.url}/partner/token`, { method: 'POST', body })
  expect(response.status).toBe(401)
  expect(await response.json()).toMatchObject({ error: 'invalid_client' })
})

test('what oidc-provider cannot sign is an error with its cause', async () => {
  const claims = {}
  Object.defineProperty(claims, 'broken', {
    enumerable: true,
    get: () => {
      throw new TypeError('a broken claim')
    },
  })
  const failure = await issuers.sign('partner', claims).catch((error: Error) => error)
  expect(failure).toMatchObject({
    message: expect.stringContaining('/partner answered 500'),
    cause: { message: 'a broken claim' },
  })
})

test('each start has keys of its own', async () => {
  const other = await startIssuers({ access, port: 0 })
  try {
    const [one, two] = await Promise.all(
      [issuers, other].map(async ({ url }) => (await fetch(`${url}/staff/jwks`)).text()),
    )
    expect(one).not.toBe(two)
  } finally {
    await other.close()
  }
})

test('an unknown issuer, a hostile path and an unknown document are 404, and nothing crashes', async () => {
  for (const path of ['/', '//', '/nobody/jwks', '/%E0%A4%A/jwks', '/staff/secrets', '/__proto__/jwks'])
    expect((await fetch(`${issuers.url}${path}`)).status, path).toBe(404)
})

test('a name the manifest does not have is an error that lists those it has', async () => {
  await expect(issuers.sign('nobody', {})).rejects.toThrow(
    'no issuer "nobody"; it has github, partner, staff',
  )
  expect(() => issuers.setMode('nobody', 'down')).toThrow('no issuer "nobody"')
  expect(() => issuers.requests('nobody')).toThrow('no issuer "nobody"')
})

test('a port in use is an error that says so, and how to mend it', async () => {
  const port = Number(new URL(issuers.url).port)
  await expect(startIssuers({ access, port })).rejects.toThrow(`port ${port} is in use`)
})

test('starting, signing and rotating print nothing', async () => {
  const script = `
    import { startIssuers } from './local/issuer/server.ts'
    const issuers = await startIssuers({ access: ${JSON.stringify(access)}, port: 0 })
    const headers = { origin: 'https://page.example' }
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'local-caller', client_secret: 'x' })
    for (const name of ['staff', 'github', 'partner']) {
      await issuers.sign(name, {})
      await issuers.rotate(name)
      await fetch(issuers.url + '/' + name + '/.well-known/openid-configuration', { headers })
      await fetch(issuers.url + '/' + name + '/token', { method: 'POST', headers, body })
    }
    await issuers.close()`
  const run = promisify(execFile)(process.execPath, ['--input-type=module-typescript', '--eval', script])
  expect(await run).toEqual({ stdout: '', stderr: '' })
})

test('a client that a rule names gets tokens of its own, by its secret alone', async () => {
  const rules = [
    { role: 'exporter', issuer: 'partner', claims: { client_id: { equals: 'orders-service' } } },
    { role: 'reader', issuer: 'partner', claims: { client_id: { pattern: ['other-', 1 as const] } } },
  ]
  const own = await startIssuers({ access: accessOf([oidc('partner'), cognito('staff')], rules), port: 0 })
  const [client, ...others] = own.clients('partner')
  expect({ id: client?.id, others, staff: own.clients('staff') }).toEqual({
    id: 'orders-service',
    others: [],
    staff: [],
  })
  const ask = (secret: string) =>
    fetch(`${own.url}/partner/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`orders-service:${secret}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    })
  expect((await ask('guess')).status).toBe(401)
  const { access_token: token } = (await (await ask(client?.secret ?? '')).json()) as { access_token: string }
  expect(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({
    iss: 'https://partner.example/tenant/',
    aud: 'orders',
    client_id: 'orders-service',
    sub: 'orders-service',
  })
  await own.close()
})
