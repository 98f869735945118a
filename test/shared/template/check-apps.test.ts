import { describe, expect, test } from 'vitest'
import { loadManifest } from '../../../shared/manifest/load.ts'
import type { LoadedPart } from '../../../shared/manifest/part.ts'
import { checkTemplate } from '../../../shared/template/check-template.ts'
import { readWiring } from '../../../shared/template/wiring.ts'
import { codes, graph, http, type Resources, ref, rest, socket, write } from './templates.ts'

const routes = "['GET /orders', $connect, Query.orders]"
const role = `{ owner: o@example.com, routes: ${routes}, trust: [{ issuer: idp, claims: { a: b } }] }`
const head = 'version: 1\nissuers: { idp: { type: oidc, issuer: https://idp.example, audience: [api] } }\n'
write('billing.yml', `version: 1\nroles: { r: ${role} }\n`)

const alias = (Name: string) => ({ Type: 'AWS::Lambda::Alias', Properties: { Name } })
const aliases: Resources = {
  BillingAlias: alias('billing'),
  OrdersAlias: alias('orders'),
  LiveAlias: alias('live'),
}
const invoke = (name: string) => ({
  AuthorizerUri: {
    'Fn::Join': ['', ['arn:aws:apigateway:x:lambda:path/x/functions/', ref(`${name}Alias`), '/invocations']],
  },
})
const wiringOf = (template: Resources) =>
  readWiring(write('apps.json', { Resources: { ...template, ...aliases } }))

/** A template held against the app `billing`, which has these API ids and a sister, `orders`. */
function foundFor(template: Resources, apiIds: readonly string[] = [], only?: string) {
  const app = (ids: readonly string[]) =>
    JSON.stringify({
      manifest: './billing.yml',
      ...(ids.length > 0 && { apiIds: ids }),
      allow: { routes: ['GET /orders', '$connect', 'Query.orders'], issuers: ['idp'] },
    })
  const root = write('root.yml', `${head}apps: { billing: ${app(apiIds)}, orders: ${app(['o1'])} }\n`)
  const { parts } = loadManifest(root, { app: 'billing' })
  const names = ['billing', 'orders']
  const { problems, warnings } = checkTemplate(parts[0] as LoadedPart, wiringOf(template), only, names)
  const noted = warnings.filter(({ code }) => code.startsWith('app_'))
  return {
    found: [...codes(problems), ...codes(noted).map((code) => `~${code}`)],
    problems,
    warnings: noted,
  }
}

const kinds: readonly [string, string, (uri: object) => Resources][] = [
  ['REST', 'Guard', (uri) => rest({ authorizer: { ...uri } })],
  ['HTTP', 'HttpGuard', (uri) => http({ authorizer: { ...uri } })],
  ['WebSocket', 'SocketGuard', (uri) => socket({ authorizer: { ...uri } })],
]

describe.each(kinds)('an authorizer of a %s API', (_, guard, template) => {
  test('by an alias with the app’s name it answers for the app, whatever the API’s id', () => {
    expect(foundFor(template(invoke('Billing'))).found).toEqual([])
  })

  test('app_mismatch: an alias with another app’s name', () => {
    const { found, problems } = foundFor(template(invoke('Orders')), ['b1'])
    expect(found).toEqual([`app_mismatch ${guard}`])
    expect(problems[0]?.message).toContain('the alias "orders"')
    expect(problems[0]?.mend).toContain('by the alias "billing", or check with --app orders')
  })

  test.each(['Live', 'Gone'])('app_unproven: %s is no app’s alias, so the id decides', (name) => {
    const { found, warnings } = foundFor(template(invoke(name)))
    expect(found).toEqual([`~app_unproven ${guard}`])
    expect(warnings[0]?.mend).toContain('under apiIds of the app once it is deployed')
    expect(foundFor(template(invoke(name)), ['b1']).found).toEqual([])
  })
})

test('AppSync: the alias of its function, without a path around it', () => {
  const by = (AuthorizerUri: unknown) => foundFor(graph({ lambda: { AuthorizerUri } })).found
  expect(by(ref('BillingAlias'))).toEqual([])
  expect(by(ref('OrdersAlias'))).toEqual(['app_mismatch Graph'])
  expect(by(ref('LiveAlias'))).toEqual(['~app_unproven Graph'])
})

describe('app_unproven is told once for a template', () => {
  const all = { ...rest(), ...http(), ...socket(), ...graph() }

  test('with the APIs that it is about', () => {
    const { found, warnings } = foundFor(all)
    expect(found).toEqual(['~app_unproven Guard'])
    expect(warnings[0]?.message).toContain('Rest, Http, Socket, Graph')
  })

  test('until there are as many ids as APIs', () => {
    expect(foundFor(all, ['b1', 'b2', 'b3']).found).toEqual(['~app_unproven Guard'])
    expect(foundFor(all, ['b1', 'b2', 'b3', 'b4']).found).toEqual([])
  })

  test('of Postern’s authorizer alone, where it is named', () => {
    const template = { ...rest(), ...http({ authorizer: invoke('Orders') }) }
    expect(foundFor(template, ['b1'], 'Guard').found).toEqual([])
    expect(foundFor(template, ['b1']).found).toEqual(['app_mismatch HttpGuard'])
  })
})

test('a manifest without apps hears nothing of this', () => {
  const loaded = loadManifest(write('plain.yml', `${head}roles: { r: ${role} }\n`))
  const { problems, warnings } = checkTemplate(loaded, wiringOf(http({ authorizer: invoke('Orders') })))
  expect([...problems, ...warnings].filter(({ code }) => code.startsWith('app_'))).toEqual([])
})
