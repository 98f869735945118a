import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { exampleTemplate } from '../../bundle/package.ts'
import { cdkSynth, graph, handWritten, http, rest, socket } from '../shared/template/templates.ts'
import { ordersManifest, postern } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-routes-'))
const write = (name: string, content: unknown): string => {
  const file = join(folder, name)
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}
const both = write('both.json', { Resources: { ...rest(), ...http() } })
const head = 'version: 1\nissuers: { idp: { type: oidc, issuer: https://idp.example, audience: [api] } }\n'
const role = (routes: string) =>
  `{ owner: o@example.com, routes: ${routes}, trust: [{ issuer: idp, claims: { a: b } }] }`
const manifest = (api: string) =>
  write('access.yml', `${head}api: ${api}\nroles: { r: ${role('[GET /orders]')} }\n`)

let packaged: string
beforeAll(async () => {
  packaged = write('packaged.json', await exampleTemplate())
})

describe('routes', () => {
  test('of this repository, written to a file, are a routes file that check takes', async () => {
    const out = join(folder, 'routes.json')
    const printed = await postern(['routes', '--template', packaged])
    expect(printed).toMatchObject({ code: 0, stderr: '' })
    expect(Object.keys(JSON.parse(printed.stdout))).toEqual(['rest', 'http'])
    expect(await postern(['routes', '--template', packaged, '--out', out])).toEqual({
      code: 0,
      stdout: `${out} written\n`,
      stderr: '',
    })
    expect(readFileSync(out, 'utf8')).toBe(printed.stdout)
    const text = readFileSync(ordersManifest, 'utf8')
    const copy = write('orders.yml', text)
    expect(text).toContain('routesFile: ./routes.json')
    expect(await postern(['check', copy, '--template', packaged])).toMatchObject({ code: 0, stderr: '' })
  })

  test('a YAML template: what is not listed and what is merged is said on standard error', async () => {
    const { code, stdout, stderr } = await postern(['routes', '--template', handWritten])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      http: ['$default', 'POST /hooks', 'GET /orders/{id}'],
      appsync: ['Reads.me', 'Reads.order', 'Writes.cancel'],
    })
    expect(stderr).toMatch(/^note: 2 HTTP APIs are merged, Http, Quick; --api picks one$/m)
    expect(stderr).toMatch(
      /^note: Socket is not listed: of a WebSocket API nothing but \$connect is asked about$/m,
    )
  })

  test('a template of WebSocket APIs alone has no routes file, and is checked all the same', async () => {
    const template = write('socket.json', { Resources: socket() })
    const { code, stdout, stderr } = await postern(['routes', '--template', template])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/a routes file lists nothing\n {2}mend: do without[\s\S]+nothing was written\n$/)
    const file = write('connect.yml', `${head}roles: { r: ${role('[$connect]')} }\n`)
    const checked = await postern(['check', file, '--template', template])
    expect(checked).toMatchObject({ code: 0, stderr: '' })
    expect(checked.stdout).toMatch(/socket\.json: 1 API, 1 route, 1 Lambda authorizer\n$/)
  })

  test('an AppSync API that has no Lambda authorizer, and a schema that is elsewhere', async () => {
    const other = graph({ api: { AuthenticationType: 'API_KEY' } })
    const beside = write('beside.json', { Resources: { ...rest(), ...other } })
    const unasked = await postern(['routes', '--template', beside])
    expect(Object.keys(JSON.parse(unasked.stdout))).toEqual(['rest'])
    expect(unasked.stderr).toBe('note: Graph is not listed: the AppSync API has no Lambda authorizer\n')
    const inS3 = graph({ schema: { Definition: undefined, DefinitionS3Location: 's3://b/k' } })
    const stored = write('s3.json', { Resources: { ...rest(), ...inS3 } })
    const elsewhere = await postern(['routes', '--template', stored])
    expect(elsewhere.code).toBe(0)
    expect(Object.keys(JSON.parse(elsewhere.stdout))).toEqual(['rest'])
    expect(elsewhere.stderr).toMatch(
      /warning: its schema is a file in S3[^\n]+\[Graph\]\n {2}mend: list its fields by hand/,
    )
  })

  test('--api picks one', async () => {
    const { code, stdout, stderr } = await postern(['routes', '--template', handWritten, '--api', 'Quick'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toBe('{\n  "http": [\n    "POST /hooks"\n  ]\n}\n')
    const misspelt = await postern(['routes', '--template', handWritten, '--api', 'Quik'])
    expect(misspelt).toMatchObject({ code: 1, stdout: '' })
    expect(misspelt.stderr).toContain('did you mean "Quick"?')
  })

  test('a path that is not known: exit code 1, the resource and a mend, and no file', async () => {
    const template = write('imported.json', {
      Resources: rest({ orders: { ParentId: { 'Fn::ImportValue': 'root' } } }),
    })
    const { code, stdout, stderr } = await postern(['routes', '--template', template])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/imported\.json:1:\d+: ParentId is the import "root", .* \[Orders\]\n {2}mend: /)
    expect(stderr).toMatch(/nothing was written\n$/)
  })

  test('files that cannot be read or written', async () => {
    expect(await postern(['routes', '--template', '/nowhere/t.json'])).toMatchObject({ code: 3, stdout: '' })
    const unwritten = await postern(['routes', '--template', both, '--out', '/nowhere/routes.json'])
    expect(unwritten).toMatchObject({ code: 3, stdout: '' })
    expect(unwritten.stderr).toMatch(/\/nowhere\/routes\.json cannot be written \(ENOENT\)/)
  })
})

describe('check --template', () => {
  const restOnly = write('rest.json', { Resources: rest() })

  test('a template that agrees, and what it holds', async () => {
    const { code, stdout } = await postern(['check', ordersManifest, '--template', packaged])
    expect(code).toBe(0)
    expect(stdout).toMatch(/packaged\.json: 2 APIs, 18 routes, 3 Lambda authorizers\n$/)
  })

  test('CDK’s, with simple responses that are cached by the route', async () => {
    const file = write(
      'cdk.yml',
      `${head}api: { response: simple, cacheSeconds: 300, public: [GET /health] }
roles:
  r: { owner: o, routes: [$default, 'GET /orders/{id}'], trust: [{ issuer: idp, claims: { a: b } }] }\n`,
    )
    const { code, stdout } = await postern(['check', file, '--template', cdkSynth])
    expect(stdout).toMatch(/: 2 APIs, 16 routes, 2 Lambda authorizers\n$/)
    expect(code).toBe(0)
  })

  test('problems: exit code 1, each with its place, resource and mend, after the warnings', async () => {
    const file = manifest('{ cacheSeconds: 60, token: { header: X-Token } }')
    const { code, stdout, stderr } = await postern(['check', file, '--template', restOnly])
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(stdout).toMatch(
      /access\.yml:3:1: warning: [\s\S]+rest\.json:1:\d+: .+ \[Guard\]\n {2}mend: add method\.request\.header\.X-Token /,
    )
    expect(stdout).toMatch(/rest\.json: 2 problems; the manifest can be built as it is\n$/)
  })

  test('--json carries them like the others', async () => {
    const file = manifest('{ cacheSeconds: 60 }')
    const { code, stdout } = await postern(['check', file, '--template', restOnly, '--json'])
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toEqual({
      ok: false,
      problems: [
        {
          code: 'authorizer_ttl_too_long',
          file: restOnly,
          line: 1,
          column: expect.any(Number),
          resource: 'Guard',
          message: expect.any(String),
          mend: expect.any(String),
        },
      ],
      warnings: [expect.objectContaining({ code: 'routes_unproven' })],
    })
  })

  test('a template that cannot be read as one', async () => {
    const file = write('no-template.json', { rest: [] })
    const { code, stdout } = await postern(['check', ordersManifest, '--template', file, '--json'])
    expect(code).toBe(1)
    expect(JSON.parse(stdout).problems).toMatchObject([{ code: 'template_unknown', file, line: 1 }])
    const gone = await postern(['check', ordersManifest, '--template', '/nowhere/t.json'])
    expect(gone).toMatchObject({ code: 3, stdout: '' })
  })

  test('--authorizer that the template does not have is wrong usage', async () => {
    const args = ['check', ordersManifest, '--template', packaged, '--authorizer']
    expect(await postern([...args, 'RequestAuthorizer'])).toMatchObject({ code: 0 })
    const misspelt = await postern([...args, 'RequestAuthoriser'])
    expect(misspelt).toMatchObject({ code: 2, stdout: '' })
    expect(misspelt.stderr).toContain('did you mean RequestAuthorizer?')
  })

  test('a cached simple response: the routes are left to the template, the spellings are a warning', async () => {
    const file = manifest('{ response: simple, cacheSeconds: 300 }')
    const warned = async (...args: string[]) => {
      const { stdout } = await postern(['check', file, '--json', ...args])
      type Warning = { readonly code: string; readonly message: string }
      const warnings: readonly Warning[] = JSON.parse(stdout).warnings
      return warnings.filter(({ code }) => code === 'simple_response_cached').map(({ message }) => message)
    }
    const spellings = expect.stringContaining('every spelling of a path')
    expect(await warned()).toEqual([spellings, expect.stringContaining('$context.routeKey')])
    expect(await warned('--template', restOnly)).toEqual([spellings])
  })

  test('--app: by the alias with its name an authorizer answers for the app, by another’s it does not', async () => {
    write('billing.yml', `version: 1\nroles: { r: ${role('[GET /orders]')} }\n`)
    const app = '{ manifest: ./billing.yml, allow: { routes: [GET /orders], issuers: [idp] } }'
    const root = write('root.yml', `${head}apps: { billing: ${app}, orders: ${app} }\n`)
    const AuthorizerUri =
      'arn:aws:apigateway:x:lambda:path/x/functions/arn:aws:lambda:x:1:function:f:orders/invocations'
    const template = write('aliased.json', { Resources: rest({ authorizer: { AuthorizerUri } }) })
    const codesFor = async (name: string) => {
      const { code, stdout } = await postern(['check', root, '--app', name, '--template', template, '--json'])
      const { problems, warnings }: Record<string, readonly { readonly code: string }[]> = JSON.parse(stdout)
      return [code, ...[...(problems ?? []), ...(warnings ?? [])].map((each) => each.code)]
    }
    expect(await codesFor('orders')).toEqual([0, 'routes_unproven'])
    expect(await codesFor('billing')).toEqual([1, 'app_mismatch', 'routes_unproven'])
    const unnamed = await postern(['check', root, '--template', template])
    expect(unnamed).toMatchObject({ code: 2, stdout: '' })
  })
})
