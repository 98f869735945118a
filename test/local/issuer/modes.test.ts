import { request } from 'node:http'
import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type LocalIssuers, startIssuers } from '../../../local/issuer/server.ts'
import { accessOf, cognito, github, oidc } from './sample-access.ts'

const names = ['staff', 'github', 'partner'] as const
let issuers: LocalIssuers
beforeAll(async () => {
  issuers = await startIssuers({ access: accessOf([cognito('staff'), github(), oidc('partner')]), port: 0 })
})
afterEach(() => {
  for (const name of names) issuers.setMode(name, 'up')
})
afterAll(() => issuers.close())

const discovery = (name: string) => `${issuers.url}/${name}/.well-known/openid-configuration`
const keys = (name: string) => `${issuers.url}/${name}/jwks`

/** Follows nothing and decodes nothing: what is on the wire, up to a number of bytes. */
function get(url: string, mostBytes = 1_000_000) {
  return new Promise<{
    status?: number | undefined
    location?: string | undefined
    body: string
    ended: boolean
  }>((resolve, reject) => {
    request(url, (response) => {
      let body = ''
      const answer = (ended: boolean) =>
        resolve({ status: response.statusCode, location: response.headers.location, body, ended })
      response.on('data', (chunk) => {
        body += chunk
        if (body.length <= mostBytes) return
        answer(false)
        response.destroy()
      })
      response.on('end', () => answer(true))
    })
      .on('error', reject)
      .end()
  })
}

function endOfConnection(url: string): Promise<string | undefined> {
  const { port, pathname } = new URL(url)
  return new Promise((resolve) => {
    const socket = connect(Number(port), '127.0.0.1', () =>
      socket.write(`GET ${pathname} HTTP/1.1\r\nhost: x\r\n\r\n`),
    )
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
    socket.on('end', () => resolve('end'))
    socket.resume()
  })
}

describe.each(names)('issuer %s', (name) => {
  test('down: the connection is reset, for discovery and keys', async () => {
    issuers.setMode(name, 'down')
    await expect(get(discovery(name))).rejects.toMatchObject({ code: 'ECONNRESET' })
    await expect(get(keys(name))).rejects.toMatchObject({ code: 'ECONNRESET' })
    await expect(fetch(keys(name))).rejects.toThrow()
    // node:http calls an orderly end ECONNRESET too; a bare socket tells a reset from it.
    await expect(endOfConnection(keys(name))).resolves.toBe('ECONNRESET')
  })

  test('down: tokens are signed all the same, and other issuers answer', async () => {
    issuers.setMode(name, 'down')
    await expect(issuers.sign(name, {})).resolves.toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
    const other = names.find((one) => one !== name) as string
    expect((await get(keys(other))).status).toBe(200)
  })

  test('slow: the right answer, late', async () => {
    const prompt = await get(keys(name))
    issuers.setMode(name, 'slow', { delayMs: 300 })
    const startMs = performance.now()
    expect(await get(keys(name))).toEqual(prompt)
    expect(performance.now() - startMs).toBeGreaterThan(290)
  })

  test('error: 500', async () => {
    issuers.setMode(name, 'error')
    expect((await get(keys(name))).status).toBe(500)
    expect((await get(discovery(name))).status).toBe(500)
  })

  test('huge: a body that goes on beyond 256 KiB and does not end', async () => {
    issuers.setMode(name, 'huge')
    const { status, body, ended } = await get(keys(name), 4 * 1024 * 1024)
    expect([status, ended]).toEqual([200, false])
    expect(body.length).toBeGreaterThan(4 * 1024 * 1024)
  })

  test('redirect: to another host, which has the right document', async () => {
    issuers.setMode(name, 'redirect')
    const { status, location } = await get(discovery(name))
    expect(status).toBe(302)
    expect(new URL(location ?? '').host).not.toBe(new URL(issuers.url).host)
    const followed = await fetch(discovery(name))
    expect([followed.redirected, followed.status]).toEqual([true, 200])
    expect(await followed.json()).toHaveProperty('jwks_uri')
  })

  test('lying: discovery of another issuer, with keys that verify', async () => {
    const { issuer } = JSON.parse((await get(discovery(name))).body)
    const right = await get(keys(name))
    issuers.setMode(name, 'lying')
    const document = JSON.parse((await get(discovery(name))).body)
    expect(document.issuer).not.toBe(issuer)
    expect(await get(document.jwks_uri)).toEqual(right)
  })

  test('garbage: 200, and not JSON', async () => {
    issuers.setMode(name, 'garbage')
    const { status, body } = await get(keys(name))
    expect(status).toBe(200)
    expect(() => JSON.parse(body)).toThrow(SyntaxError)
  })

  test('requests for documents are counted in every mode; signing and rotating are none', async () => {
    const before = issuers.requests(name)
    await issuers.sign(name, {})
    await issuers.rotate(name)
    expect(issuers.requests(name)).toBe(before)
    await get(discovery(name))
    issuers.setMode(name, 'down')
    await get(keys(name)).catch(() => undefined)
    expect(issuers.requests(name)).toBe(before + 2)
  })
})

test('an endless body and a slow answer do not hold up closing', async () => {
  const own = await startIssuers({ access: accessOf([oidc('partner')]), port: 0 })
  own.setMode('partner', 'huge')
  const huge = fetch(`${own.url}/partner/jwks`).then((response) => response.arrayBuffer())
  const cut = expect(huge).rejects.toThrow()
  own.setMode('partner', 'slow', { delayMs: 60_000 })
  const slow = expect(fetch(`${own.url}/partner/jwks`)).rejects.toThrow()
  while (own.requests('partner') < 2) await new Promise((resolve) => setTimeout(resolve, 5))
  await own.close()
  await Promise.all([cut, slow])
})
