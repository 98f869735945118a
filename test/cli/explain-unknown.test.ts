import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalIssuers } from '../../local/issuer/server.ts'
import { type Explainer, failedCheck, silent, startExplainer } from './explainer.ts'
import { ordersManifest, postern } from './run.ts'

let issuers: LocalIssuers
let explain: Explainer['explain']
let explainJson: Explainer['explainJson']
let staff: Explainer['staff']
let reader: Explainer['reader']
beforeAll(async () => {
  ;({ issuers, explain, explainJson, staff, reader } = await startExplainer())
})
afterAll(() => issuers.close())
const folder = mkdtempSync(join(tmpdir(), 'postern-unknown-'))

describe('an issuer that cannot be asked is no verdict: exit code 3', () => {
  test('down', async () => {
    const token = await reader()
    issuers.setMode('staff', 'down')
    try {
      const found = await explainJson(token)
      expect(found).toMatchObject({ code: 3, effect: 'deny', reason: 'keys_unavailable' })
      expect(found.cause).toMatch(/^127\.0\.0\.1:\d+ could not be reached$/)
      expect(failedCheck(found)).toBe('key')
      expect(found.mend).toBe(`Check: is \`npm start\` running, and are its issuers at ${issuers.url}?`)
      // The authorizer throws, and denies nothing.
      expect((await explain(token)).stdout).toMatch(
        /^decision {3}NONE keys_unavailable \(API Gateway answers 500\): .*neither accepted nor refused\.$/m,
      )
      // The fetch, not the token or the setup of the API, is what has to be mended first.
      const health = await explainJson(token, '--route', 'GET /health')
      expect(health).toMatchObject({ public: true, mend: found.mend })
    } finally {
      issuers.setMode('staff', 'up')
    }
  })

  test('lying, by its discovery document', async () => {
    const token = await issuers.sign('partner', { sub: 'robot' })
    issuers.setMode('partner', 'lying')
    try {
      const found = await explainJson(token)
      expect(found).toMatchObject({ code: 3, cause: 'the discovery document names another issuer' })
    } finally {
      issuers.setMode('partner', 'up')
    }
  })
})

test('a kid that the issuer does not publish is a verdict: its keys were asked for', async () => {
  const found = await explainJson(await staff({}, { kid: 'unheard-of' }))
  expect(found).toMatchObject({ code: 1, reason: 'key_unknown' })
})

test('a server that is no issuer at all', async () => {
  const server = createServer((_, response) => response.writeHead(404).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const token = await reader()
    const args = ['--access', ordersManifest, '--token', '-', '--route', 'GET /orders/1', '--local', url]
    const { code, stdout } = silent(token, await postern(['explain', ...args], { input: token }))
    expect(code).toBe(3)
    expect(stdout).toMatch(/FAILED.*could not be fetched: 127\.0\.0\.1:\d+ answered 404$/m)
  } finally {
    server.close()
  }
})

describe('what keeps the question from being asked', () => {
  const token = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwcyJ9.c2lnbmF0dXJl'
  const given = (more: Record<string, string>) => {
    const options = { access: ordersManifest, token: '-', route: 'GET /orders/1', ...more }
    return Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])
  }
  test.each<[string, Record<string, string>, number, RegExp]>([
    ['the token itself on the command line', { token }, 2, /--token takes a file, not the token itself/],
    ['the same after Bearer', { token: `Bearer ${token}` }, 2, /--token takes a file/],
    [
      'a token file that is not there',
      { token: '/nowhere/token.txt' },
      3,
      /"\/nowhere\/token.txt" cannot be read \(ENOENT\)/,
    ],
    [
      'a manifest that is not there',
      { access: '/nowhere/access.yml' },
      3,
      /\/nowhere\/access.yml: there is no such file/,
    ],
    [
      'a folder for a manifest',
      { access: folder },
      3,
      /^postern: \S+: is a directory\n {2}mend: name the file in it$/m,
    ],
    ['a manifest that does not hold', { access: join(folder, 'broken.yml') }, 3, /broken\.yml:1:1: /],
    ['a route without a method', { route: '/orders' }, 2, /--route is a method/],
    ['a method in lower case', { route: 'get /orders' }, 2, /upper case/],
    ['a route with a query', { route: 'GET /orders?x=1' }, 2, /query/],
    ['a route template', { route: 'GET /orders/{id}' }, 2, /a concrete path is due, as in 'GET \/orders\/1'/],
    ['one that is greedy', { route: 'GET /exports/{proxy+}/' }, 2, /a concrete path is due/],
    ['a path beyond an ARN', { route: `GET /${'x'.repeat(1600)}` }, 2, /1,600 bytes/],
    ['an API of no type', { api: 'graphql' }, 2, /rest or http/],
    ['a time without a zone', { at: '2027-03-31T12:00:00' }, 2, /RFC 3339/],
    ['keys from a real host by --local', { local: 'https://id.example' }, 2, /loopback/],
    ['keys by --local with a password', { local: 'http://me:it@127.0.0.1' }, 2, /loopback/],
  ])('%s', async (_name, more, code, message) => {
    writeFileSync(join(folder, 'broken.yml'), 'version: 2\n')
    const outcome = silent(token, await postern(['explain', ...given(more)], { input: token }))
    expect(outcome.stderr).toMatch(message)
    expect(outcome.stderr).toMatch(/^ {2}mend: /m)
    expect(outcome).toMatchObject({ code, stdout: '' })
  })

  test('a file far larger than any token', async () => {
    const outcome = await postern(['explain', ...given({})], { input: 'x'.repeat(70_000) })
    expect(outcome).toMatchObject({ code: 3, stdout: '' })
    expect(outcome.stderr).toMatch(/more than 65536 bytes/)
  })
})
