import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { numberVariable, variable } from '../../../shared/config.ts'
import { loadManifest } from '../../../shared/manifest/load.ts'
import { formatProblems, type Problem } from '../../../shared/manifest/problem.ts'
import { checkTemplate } from '../../../shared/template/check-template.ts'
import { routesFileText } from '../../../shared/template/route-list.ts'
import { readWiring } from '../../../shared/template/wiring.ts'
import { cdkSynth, graph, handWritten, http, problemsOf, rest, socket, write } from './templates.ts'

const runs = {
  numRuns: numberVariable('POSTERN_FUZZ_RUNS', 100, 1, 1_000_000),
  ...(variable('POSTERN_FUZZ_SEED') === undefined ? {} : { seed: Number(variable('POSTERN_FUZZ_SEED')) }),
}

const example = new URL('../../../examples/orders/access.yml', import.meta.url).pathname
const simple = write(
  'simple.yml',
  `version: 1
issuers: { idp: { type: oidc, issuer: https://idp.example, audience: [api] } }
api: { response: simple, cacheSeconds: 300, public: [GET /orders] }
roles: { r: { routes: ['GET /orders/{id}', 'ANY /{proxy+}', $default], trust: [{ issuer: idp, claims: { a: b } }] } }
`,
)
const manifests = [loadManifest(example), loadManifest(simple)]

/** Routes and findings, or problems with a place; anything else thrown is a crash. */
function answers(template: unknown): boolean {
  const file = write('fuzz.yml', typeof template === 'string' ? template : JSON.stringify(template))
  const refused = problemsOf(() => {
    const wiring = readWiring(file)
    expect(wiring.apis.length).toBeGreaterThan(0)
    expect(JSON.parse(routesFileText(wiring.apis))).toBeTypeOf('object')
    for (const loaded of manifests) {
      const { problems, warnings } = checkTemplate(loaded, wiring)
      expectPlaces([...problems, ...warnings])
    }
  })
  expectPlaces(refused)
  return true
}

function expectPlaces(problems: readonly Problem[]): void {
  for (const { code, line, column } of problems) {
    expect(code).toMatch(/^[a-z_]+$/)
    expect(Math.min(line, column)).toBeGreaterThanOrEqual(1)
  }
  expect(typeof formatProblems(problems)).toBe('string')
}

const good = { Resources: { ...rest(), ...http(), ...socket(), ...graph() } }
const words = fc.constantFrom<unknown>(
  ...[
    'GET',
    'get /a',
    '$default',
    '$connect',
    '{proxy+}',
    'NONE',
    'CUSTOM',
    'JWT',
    'TOKEN',
    'REQUEST',
    'HTTP',
    'WEBSOCKET',
  ],
  ...[
    'Rest',
    'Http',
    'Orders',
    'Order',
    'Guard',
    'HttpGuard',
    'Socket',
    'SocketGuard',
    'Graph',
    'Postern',
    'Rest.RootResourceId',
    '__proto__',
    'constructor',
  ],
  ...[
    'method.request.header.A',
    '$request.header.Authorization',
    '$context.routeKey',
    'route.request.header.Authorization',
    'type Query { a: Int @aws_iam } extend type Query @aws_lambda { b: Int }',
    'AWS_LAMBDA',
    '1.0',
    '2.0',
    '',
    0,
    300,
    1e9,
    true,
    null,
  ],
)
const functions = fc.constantFrom(
  'Ref',
  'Fn::GetAtt',
  'Fn::Sub',
  'Fn::Join',
  'Fn::If',
  'Fn::ImportValue',
  'Condition',
)
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    { weight: 5, arbitrary: words },
    { weight: 3, arbitrary: fc.tuple(functions, tie('value')).map(([name, inner]) => ({ [name]: inner })) },
    { weight: 2, arbitrary: fc.array(tie('value'), { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.dictionary(fc.string(), tie('value'), { maxKeys: 3 }) },
  ),
}))

/** A template that holds, with some values of it replaced. */
function mutated(template: unknown, at: readonly number[], by: readonly unknown[]): unknown {
  const copy = structuredClone(template)
  const spots: { holder: Record<string, unknown>; key: string }[] = []
  const walk = (holder: unknown): void => {
    if (typeof holder !== 'object' || holder === null) return
    for (const key of Object.keys(holder)) {
      spots.push({ holder: holder as Record<string, unknown>, key })
      walk((holder as Record<string, unknown>)[key])
    }
  }
  walk(copy)
  for (const [index, position] of at.entries()) {
    const spot = spots[position % spots.length]
    if (spot !== undefined) spot.holder[spot.key] = by[index % by.length]
  }
  return copy
}

describe('whatever is in the file, the answer is a value or a list of problems', () => {
  test('any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), answers), runs)
  })

  test('any JSON, and any as Resources', () => {
    const property = fc.property(fc.jsonValue({ maxDepth: 6 }), fc.boolean(), (json, asResources) =>
      answers(asResources ? { Resources: json } : JSON.stringify(json)),
    )
    fc.assert(property, runs)
  })

  test('a template that holds, with values replaced', () => {
    const at = fc.array(fc.nat(), { minLength: 1, maxLength: 4 })
    const by = fc.array(value, { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(at, by, (places, values) => answers(mutated(good, places, values))),
      runs,
    )
  })

  test('real templates with a piece cut out, or put twice', () => {
    const texts = fc.constantFrom(readFileSync(handWritten, 'utf8'), readFileSync(cdkSynth, 'utf8'))
    const property = fc.property(texts, fc.nat(), fc.nat(200), fc.boolean(), (text, from, length, twice) => {
      const start = from % text.length
      const piece = twice ? text.slice(start, start + length).repeat(2) : ''
      return answers(text.slice(0, start) + piece + text.slice(start + length))
    })
    fc.assert(property, runs)
  })

  test.each(['[', '{"a":', '!Ref [', '- '])('thousands of %s', (piece) => {
    expect(answers(piece.repeat(20_000))).toBe(true)
  })
})
