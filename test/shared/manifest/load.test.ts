import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { problemCodes } from '../../../shared/manifest/problem.ts'
import { load, places, problemsOf, readCases, textOf, write, writeFiles } from './cases.ts'
import { keysOf, schemaKeys } from './schema-keys.ts'

const accepted = readCases('accepted')
const refused = readCases('refused')

describe('manifests that hold', () => {
  test.each(accepted.map((each) => [each.name, each] as const))('%s', (_, { manifest, files }) => {
    writeFiles(files)
    expect(problemsOf(manifest)).toEqual([])
  })
})

describe('manifests that are refused, where and with what', () => {
  test.each(refused.map((each) => [each.name, each] as const))('%s', (_, { manifest, problems, files }) => {
    writeFiles(files)
    const found = problemsOf(manifest)
    expect(places(found)).toEqual(problems)
    for (const { message, mend } of found) {
      expect(message).toMatch(/^.{8,}$/)
      expect(mend).toMatch(/^.{6,}$/)
    }
  })
})

describe('the cases are complete', () => {
  test('every key of the schema has an accepting case', () => {
    const used = new Set(accepted.flatMap((each) => [...keysOf(parse(textOf(each)))]))
    expect([...schemaKeys].filter((key) => !used.has(key))).toEqual([])
  })

  test('every key of the schema has a refusing case', () => {
    const named = new Set(refused.map((each) => each.key))
    expect([...schemaKeys].filter((key) => !named.has(key))).toEqual([])
  })

  test('a case names no key that the schema lacks', () => {
    const named = refused.flatMap((each) => (each.key === undefined ? [] : [each.key]))
    expect(named.filter((key) => !schemaKeys.has(key))).toEqual([])
  })

  test('every code of a problem comes up in a case, or in one of the tests beside', () => {
    const codes = new Set(refused.flatMap((each) => (each.problems ?? []).map((text) => text.split(' ')[0])))
    const beside = [
      'file_too_large encoding_invalid nested_too_deep undeclared_variable session_policy_too_large',
      'rule_scanned claim_mutable star_beside_name rule_expired issuer_unused role_unused role_without_owner role_without_routes',
      'session_short scopes_null scope_wide condition_met_by_absence aws_role_ambiguous broker_policy_too_large',
      'routes_unproven route_unreachable policy_narrowed policy_too_large variable_unused trust_anybody route_overlaps',
      'template_unknown resource_invalid resource_unresolved definition_elsewhere apis_missing',
      'route_unguarded route_public_guarded route_guarded_elsewhere route_ungranted property_of_http_apis authorizer_unseen identity_source_missing',
      'authorizer_ttl_too_long payload_unsupported response_mismatch routes_stale app_mismatch app_unproven app_unknown',
    ]
    const elsewhere = beside.join(' ').split(' ')
    expect(problemCodes.filter((code) => !codes.has(code) && !elsewhere.includes(code))).toEqual([])
  })
})

describe('all problems are found at once', () => {
  test('slips of unlike kinds, in the order of the text', () => {
    const manifest = `version: 1
issuers:
  idp: { type: oidc, issuer: http://idp.example, audience: [api] }
api: { cacheSeconds: 9999, routesFile: ./gone.json }
roles:
  r:
    trust:
      - issuer: nobody
        claims: { id: 5 }
      - issuer: idp
    credentials: { roleArn: 'arn:aws:iam::123456789012:role/*', scopes: null, extenalId: x }
`
    expect(places(problemsOf(manifest))).toEqual([
      'issuer_url_invalid 3:30',
      'number_out_of_range 4:22',
      'file_unreadable 4:40',
      'issuer_unknown 8:17',
      'number_unquoted 9:23',
      'trust_without_claims 10:9',
      'wildcard_in_role_arn 11:29',
      'unknown_key 11:79',
    ])
  })

  test('every problem of a routes file', () => {
    const found = problemsOf('api: { routesFile: ./routes-wrong.json }')
    expect(places(found)).toEqual([
      'duplicate_route routes-wrong.json:4:5',
      'route_invalid routes-wrong.json:5:5',
      'route_invalid routes-wrong.json:6:5',
      'route_invalid routes-wrong.json:7:5',
      'routes_file_invalid routes-wrong.json:9:11',
    ])
  })

  test('an unquoted number shows both ways to write it', () => {
    const [problem] = problemsOf('roles: { r: { trust: [{ issuer: idp, claims: { id: 7123 } }] } }')
    expect(problem?.mend).toContain("'7123'")
    expect(problem?.mend).toContain('{ number: 7123 }')
  })

  test('a misspelt key is told which one was meant', () => {
    const [problem] = problemsOf('api: { cacheSecond: 5 }')
    expect(problem?.mend).toBe('did you mean "cacheSeconds"?')
  })
})

describe('variables', () => {
  const manifest = "vars: { team: orders }\nroles: { r: { description: '@{team}' } }\n".replace('@', '$')

  test('a vars file may not bring in names the manifest does not declare', () => {
    const varsFile = write('prod.yml', 'team: billing\nteem: x\n')
    const found = problemsOf(manifest, { varsFile })
    expect(places(found)).toEqual(['undeclared_variable prod.yml:2:1'])
  })

  test('a vars file holds text alone', () => {
    const varsFile = write('numbers.yml', 'team: 5\n')
    expect(places(problemsOf(manifest, { varsFile }))).toEqual(['number_unquoted numbers.yml:1:7'])
  })

  test('a vars file is a map', () => {
    const varsFile = write('list.yml', '- team\n')
    expect(places(problemsOf(manifest, { varsFile }))).toEqual(['type_invalid list.yml:1:1'])
  })
})

describe('files', () => {
  test('an empty file, and one of comments alone', () => {
    expect(() => problemsOf('')).not.toThrow()
    expect(places(problemsOf('--- # nothing'))).toEqual(['value_missing 1:5'])
  })

  test('a file over 5 MB is not read', () => {
    const file = write('large.yml', `version: 1\n# ${'x'.repeat(5 * 1024 * 1024)}`)
    const found = problemsOf("api: { routesFile: './large.yml' }")
    expect(file).toBeTruthy()
    expect(places(found)).toEqual(['file_too_large large.yml:1:1'])
  })

  test('a file that is not UTF-8 is refused, not patched up', () => {
    write('latin.json', Buffer.from([0x7b, 0x22, 0xe4, 0x22, 0x3a, 0x31, 0x7d]))
    expect(places(problemsOf('api: { routesFile: ./latin.json }'))).toEqual([
      'encoding_invalid latin.json:1:1',
    ])
  })

  test('a routes file in any layout JSON allows, tabs and escapes included', () => {
    write('tabs.json', '{\n\t"rest": [\n\t\t"GET /a",\n\t\t"GET \\/\\u0062"\n\t]\n}\r\n')
    const manifest = 'api: { routesFile: ./tabs.json }'
    expect(problemsOf(manifest)).toEqual([])
    expect(load(manifest).routesFile?.rest.map((route) => route.text)).toEqual(['GET /a', 'GET /b'])
  })

  test('a routes file that is YAML but not JSON, or says a key twice', () => {
    write('yaml.json', 'rest: [GET /a]')
    write('twice.json', '{"rest": ["GET /a"], "rest": ["GET /b"]}')
    for (const name of ['yaml', 'twice'])
      expect(places(problemsOf(`api: { routesFile: ./${name}.json }`))).toEqual([
        `json_invalid ${name}.json:1:1`,
      ])
  })

  test('thousands of open brackets are refused, and end no stack', () => {
    for (const text of ['['.repeat(100_000), '- '.repeat(20_000), '{a: '.repeat(20_000)]) {
      const codes = problemsOf(`--- ${text}`).map((problem) => problem.code)
      expect(codes.length).toBeGreaterThan(0)
    }
    expect(places(problemsOf(`api: ${'['.repeat(40)}${']'.repeat(40)}`))).toEqual(['nested_too_deep 3:38'])
  })
})
