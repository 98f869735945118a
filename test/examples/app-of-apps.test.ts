import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { call } from '../../local/story/call.ts'
import { startWorld, type World } from '../../local/world.ts'
import { postern, root, run } from '../cli/run.ts'
import { textsWithStar } from '../support/stars.ts'

const example = join(root, 'examples/app-of-apps')
const apps = ['billing', 'analytics', 'users'] as const
const stacks = [...apps, 'identity'] as const
const osls = createRequire(import.meta.url).resolve('serverless/bin/serverless.js')

const folder = mkdtempSync(join(tmpdir(), 'postern-apps-'))
const copy = join(folder, 'apps')
beforeAll(() => cpSync(example, copy, { recursive: true }))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Template = {
  readonly Resources: Record<string, { readonly Type: string; readonly Properties: Record<string, unknown> }>
  readonly Outputs: Record<string, { readonly Export?: { readonly Name: unknown } }>
  readonly Parameters?: object
}

/** The template of a stack, as osls packages it, once. */
function templateOf(stack: string, stage: string): Promise<Template> {
  const name = `${stack} ${stage}`
  const made = templates.get(name) ?? packageOf(stack, stage)
  templates.set(name, made)
  return made
}
const templates = new Map<string, Promise<Template>>()

async function packageOf(stack: string, stage: string): Promise<Template> {
  const service = join(copy, stack)
  mkdirSync(join(service, 'dist'), { recursive: true })
  writeFileSync(join(service, 'dist/app.zip'), 'a zip')
  const out = `out-${stage}`
  const said = await run(process.execPath, [osls, 'package', '--stage', stage, '--package', out], {
    cwd: service,
  })
  expect(said, said.stdout + said.stderr).toMatchObject({ code: 0 })
  return JSON.parse(readFileSync(join(service, out, 'cloudformation-template-update-stack.json'), 'utf8'))
}

test('check at the root sees all, of every stage, and finds nothing to mend; the cases hold', async () => {
  for (const stage of ['dev', 'staging', 'prod']) {
    const vars = join(example, `stages/${stage}.yml`)
    const { code, stdout } = await postern(['check', join(example, 'access.yml'), '--vars', vars])
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining('3 apps, 8 roles, 11 routes, 0 warnings'),
    })
  }
  expect(await postern(['test', join(example, 'cases.yml')])).toMatchObject({ code: 0 })
})

describe('a person who signs in once', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld({ accessFile: join(example, 'access.yml'), port: 0 })
  })
  afterAll(() => world.close())

  const statuses = async (token: string, routes: Readonly<Record<string, string>>) => {
    const said: Record<string, number> = {}
    for (const [route, name] of Object.entries(routes)) {
      const app = world.access.apps.find((one) => one.name === name)
      if (app === undefined) throw new Error(`there is no app ${name}`)
      said[route] = (await call(world, app, 'http', route, token)).status
    }
    return said
  }

  test('has in each app the roles that its groups give, and what those include', async () => {
    const token = await world.issuers.sign('people', { sub: 'ada', 'cognito:groups': ['billing-heads'] })
    const routes = {
      'GET /invoices': 'billing',
      'POST /invoices': 'billing',
      'DELETE /invoices/1': 'billing',
      'GET /reports': 'analytics',
      'POST /reports': 'analytics',
      'GET /users/ada': 'users',
      'GET /users/bob': 'users',
      'GET /users': 'users',
    }
    expect(await statuses(token, routes)).toEqual({
      'GET /invoices': 200,
      'POST /invoices': 200,
      'DELETE /invoices/1': 200,
      'GET /reports': 200,
      'POST /reports': 403,
      'GET /users/ada': 200,
      'GET /users/bob': 403,
      'GET /users': 403,
    })
  })
})

test('a team that reaches out of its bound does not build, and is told where', async () => {
  const reaching = join(folder, 'reaching')
  cpSync(example, reaching, { recursive: true })
  const file = join(reaching, 'billing/access.yml')
  writeFileSync(file, readFileSync(file, 'utf8').replace('- POST /invoices', '- POST /users'))
  const { code, stderr, stdout } = await postern(['check', join(reaching, 'access.yml')])
  expect(code).toBe(1)
  expect(stderr + stdout).toMatch(/billing\/access\.yml:\d+:\d+: "POST \/users" reaches out/)
})

test('an app more is a folder and an entry: check, build, contract and package see it', async () => {
  const more = join(folder, 'more')
  cpSync(example, more, { recursive: true })
  cpSync(join(more, 'billing'), join(more, 'parcels'), { recursive: true })
  for (const name of ['access.yml', 'routes.json', 'app.py', 'serverless.yml']) {
    const file = join(more, 'parcels', name)
    writeFileSync(
      file,
      readFileSync(file, 'utf8')
        .replaceAll('invoices', 'parcels')
        .replace('service: billing', 'service: parcels'),
    )
  }
  const access = join(more, 'access.yml')
  const entry = `  parcels:
    manifest: ./parcels/access.yml
    allow: { issuers: [people], routes: [ANY /parcels, "ANY /parcels/{proxy+}"] }
`
  writeFileSync(access, readFileSync(access, 'utf8') + entry)
  expect((await postern(['check', access])).stdout).toContain('4 apps, 11 roles, 15 routes, 0 warnings')
  const out = join(more, 'dist/dev')
  expect(await postern(['build', '--access', access, '--out', out])).toMatchObject({ code: 0 })
  const service = JSON.stringify(JSON.parse(readFileSync(join(out, 'service.json'), 'utf8')))
  expect(service).toContain('-authorizer-parcels')
  const contract = await postern(['contract', '--access', access, '--app', 'parcels'])
  expect(contract.stdout).toContain(
    '| `GET /parcels/{id}` | `parcels.viewer`, `parcels.clerk`, `parcels.head` |',
  )
})

describe.each(stacks)('the stack of %s', (stack) => {
  let dev: Template
  let prod: Template
  beforeAll(async () => {
    // One after the other, in one folder.
    dev = await templateOf(stack, 'dev')
    prod = await templateOf(stack, 'prod')
  }, 60_000)

  test('has no permission with a star, no parameter, and no secret in its text', () => {
    const { Resources, Parameters } = dev
    const roles = Object.values(Resources).filter(({ Type }) => Type === 'AWS::IAM::Role')
    expect(roles).toHaveLength(stack === 'identity' ? 0 : 1)
    expect(textsWithStar(roles, '')).toEqual([])
    expect(Parameters).toBeUndefined()
    const secrets = JSON.stringify(dev).match(/"client_secret":"[^"]*"/g)
    const reference =
      '"client_secret":"{{resolve:secretsmanager:identity/dev/company:SecretString:clientSecret}}"'
    expect(secrets).toEqual(stack === 'identity' ? [reference] : null)
  })

  test('is of its stage alone: it names nothing of another, and its exports carry the stage', () => {
    expect(JSON.stringify(dev)).not.toMatch(/\bprod\b/)
    expect(JSON.stringify(prod)).not.toMatch(/\bdev\b/)
    const exported = Object.values(dev.Outputs).flatMap(({ Export }) => (Export ? [Export.Name] : []))
    expect(exported.length).toBeGreaterThan(0)
    for (const name of exported) expect(JSON.stringify(name)).toMatch(/AWS::StackName|dev/)
  })

  test('has the tags of its app and stage on all that takes tags', () => {
    const tags = { app: stack, stage: 'dev' }
    for (const [id, { Type, Properties }] of Object.entries(dev.Resources)) {
      if (!tagged.has(Type)) continue
      const own = Properties.Tags ?? Properties.UserPoolTags
      const found = Array.isArray(own) ? Object.fromEntries(own.map(({ Key, Value }) => [Key, Value])) : own
      expect({ id, found }).toEqual({ id, found: expect.objectContaining(tags) })
    }
  })
})

/** What osls puts tags on itself; a stack's own tags are on the rest that takes some (stackTags). */
const tagged = new Set(['AWS::Lambda::Function', 'AWS::ApiGatewayV2::Api', 'AWS::Cognito::UserPool'])

test('each app imports the alias of its own name from Postern’s stack of its stage, and that stack exports it', async () => {
  const out = join(folder, 'dist')
  expect(await postern(['build', '--access', join(example, 'access.yml'), '--out', out])).toMatchObject({
    code: 0,
  })
  const { resources } = JSON.parse(readFileSync(join(out, 'service.json'), 'utf8'))
  for (const app of apps) {
    const imports = new Set(
      JSON.stringify(await templateOf(app, 'dev')).match(/(?<="Fn::ImportValue":")[^"]+/g),
    )
    expect([...imports]).toEqual([`postern-dev-authorizer-${app}`])
    expect(JSON.stringify(resources.Outputs)).toContain(`\${AWS::StackName}-authorizer-${app}"`)
  }
})

test('the routes of an app’s stack, of its routes file and of its manifest’s bound are the same paths', async () => {
  for (const app of apps) {
    const { functions } = parse(
      readFileSync(join(example, app, 'serverless.yml'), 'utf8').replace(/!ImportValue/g, ''),
    )
    const events: { httpApi: { method: string; path: string } }[] = functions.app.events
    const served = events.map(({ httpApi: { method, path } }) => `${method.toUpperCase()} ${path}`)
    const { http } = JSON.parse(readFileSync(join(example, app, 'routes.json'), 'utf8'))
    expect(served.sort()).toEqual(http.sort())
  }
})

test('the pipeline deploys on merge, holds no key, and rolls an app back', () => {
  const text = readFileSync(join(example, 'pipeline.yml'), 'utf8')
  const { on, permissions, jobs } = parse(text)
  expect(text).not.toMatch(/secrets\.|aws-access-key-id|AWS_SECRET/)
  expect({ on: Object.keys(on), push: on.push, permissions }).toEqual({
    on: ['pull_request', 'push', 'workflow_dispatch'],
    push: { branches: ['main'] },
    permissions: {},
  })
  const order = ['staging', 'staging-apps', 'prod', 'prod-apps'].map((name) => [name, jobs[name].needs])
  expect(order).toEqual([['staging', 'check'], ['staging-apps', 'staging'], ['prod', 'staging-apps'], ['prod-apps', 'prod']]) // biome-ignore format: a table
  expect(jobs.staging.strategy).toBeUndefined()
  for (const name of ['staging-apps', 'prod-apps']) expect(jobs[name].strategy.matrix.app).toEqual([...apps])
  expect(on.workflow_dispatch.inputs.app.options).toEqual([...apps])
})
