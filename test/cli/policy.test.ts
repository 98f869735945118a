import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { crookedTexts } from '../../cli/policy-text.ts'
import type { PolicyDocument } from '../../shared/gateway/policy.ts'
import { crookedSpellings } from '../../shared/gateway/spellings.ts'
import { evaluate } from '../support/policy-evaluator.ts'
import { ordersManifest, postern } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-policy-'))
const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const own = write(
  'own.yml',
  `version: 1
issuers: { idp: { type: oidc, issuer: https://idp.example, audience: [api] } }
api: { routesFile: ./routes.json }
roles:
  ends: { trust: [{ issuer: idp, anySubject: true }], routes: ['GET /a/{x}', 'GET /a/{x}/b/{y}'] }
  me: { trust: [{ issuer: idp, anySubject: true }], routes: ['GET /users/{claims.sub}'] }
  none: { trust: [{ issuer: idp, anySubject: true }] }
`,
)
write('routes.json', '{"http": ["GET /a/{x}", "GET /a/{x}/b", "GET /a/{x}/b/{y}", "GET /users/{id}"]}')
const policy = (...args: readonly string[]) => postern(['policy', ...args])
const documentIn = (stdout: string): PolicyDocument => JSON.parse(stdout.replace(/^ *\/\/.*$/gm, ''))

describe('postern policy', () => {
  test('prints the document, with a comment for each Resource that says which route it is for', async () => {
    const { code, stdout } = await policy('--access', ordersManifest, '--roles', 'orders-reader')
    expect(code).toBe(0)
    const prefix = 'arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod'
    expect(stdout).toContain(`        // GET /orders/{id}\n        "${prefix}/GET/orders/?*"`)
    expect(stdout).toContain(
      `        // not granted: GET /orders/{id}/refunds, GET /exports/{proxy+}\n        "${prefix}/*/*/*/*"`,
    )
    const document = documentIn(stdout)
    expect(evaluate(document, `${prefix}/GET/orders/1`)).toBe('allow')
    expect(evaluate(document, `${prefix}/GET/orders/1/refunds`)).toBe('deny')
    const bare = await policy('--access', ordersManifest, '--roles', 'orders-reader', '--json')
    expect(JSON.parse(bare.stdout)).toEqual(document)
  })

  test('says where a Deny takes granted requests along', async () => {
    const { stdout } = await policy('--access', own, '--roles', 'ends', '--api', 'http')
    expect(stdout).toContain('// not granted: GET /a/{x}/b; takes requests of GET /a/{x}/b/{y} along')
  })

  test("names the caller's claims, or has their values", async () => {
    const claims = write('claims.json', '{"sub": "u-1"}')
    const args = [
      '--access',
      own,
      '--roles',
      'me',
      '--json',
      '--prefix',
      'arn:aws:execute-api:x-1:1:a/$default',
    ]
    expect((await policy(...args)).stdout).toContain(
      '"arn:aws:execute-api:x-1:1:a/$default/GET/users/{claims.sub}"',
    )
    expect((await policy(...args, '--claims', claims)).stdout).toContain('GET/users/u-1"')
    const unsafe = write('unsafe.json', '{"sub": "*"}')
    expect(documentIn((await policy(...args, '--claims', unsafe)).stdout).Statement[0]?.Effect).toBe('Deny')
  })

  test('a caller without a route is denied everything', async () => {
    const { stdout } = await policy('--access', own, '--roles', 'none')
    expect(stdout).toContain('// no role of the caller grants a route: everything is denied\n')
  })

  test.each([
    ['an unknown role', ['--access', ordersManifest, '--roles', 'orders-raeder'], 2, 'did you mean "orders-reader"?'],
    ['another API', ['--access', ordersManifest, '--roles', 'orders-reader', '--api', 'ws'], 2, '--api is rest or http'],
    ['a prefix with a wildcard', ['--access', own, '--roles', 'me', '--prefix', 'arn:aws:execute-api:x-1:1:a/*'], 2, 'is the ARN of a stage'],
    ['claims that are no object', ['--access', own, '--roles', 'me', '--claims', write('list.json', '[]')], 3, 'is not one JSON object'],
    ['claims that are not there', ['--access', own, '--roles', 'me', '--claims', join(folder, 'gone.json')], 3, 'gone.json'],
  ])('%s', async (_, args, code, message) => {
    const ended = await policy(...args)
    expect(ended.code).toBe(code)
    expect(ended.stderr).toContain(message)
  }) // biome-ignore format: a table

  test('roles for which there is no policy', async () => {
    const routes = Array.from({ length: 400 }, (_, at) => `GET /x${at}`)
    const manifest = write(
      'many.yml',
      `version: 1\nissuers: { idp: { type: oidc, issuer: https://idp.example, audience: [api] } }\nroles: { r: { trust: [{ issuer: idp, anySubject: true }], routes: ${JSON.stringify(routes)} } }\n`,
    )
    const { code, stderr } = await policy('--access', manifest, '--roles', 'r')
    expect(code).toBe(1)
    expect(stderr).toContain('no policy for these routes fits')
    const checked = await postern(['check', manifest])
    expect(checked.code).toBe(1)
    expect(checked.stdout).toContain('no policy for the 400 routes of the role "r" fits into the 8 KB')
    expect(checked.stdout).toContain('name a routes file')
  })
})

test('every crooked spelling has its reason', () => {
  expect(Object.keys(crookedTexts).sort()).toEqual([...crookedSpellings].sort())
})
