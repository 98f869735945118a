import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readPolicyCases } from '../../cli/cases/read.ts'
import { schemaText } from '../../cli/schema.ts'
import { ManifestError, type Problem } from '../../shared/manifest/problem.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-policy-cases-'))
const write = (name: string, text: string): string => {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

write(
  'access.yml',
  `version: 1
issuers:
  idp: { type: oidc, issuer: https://idp.example, audience: [api] }
  odp: { type: oidc, issuer: https://odp.example, audience: [api] }
roles: { reader: { trust: [{ issuer: idp, claims: { a: b } }], routes: [GET /x] } }
`,
)

function problemsOf(text: string): readonly Problem[] {
  try {
    readPolicyCases([write('cases.yml', text)])
    return []
  } catch (error) {
    if (error instanceof ManifestError) return error.problems
    throw error
  }
}

type Refused = {
  readonly name: string
  readonly file: string
  readonly problems: readonly string[]
  readonly says: string
}
const refused: readonly Refused[] = parse(
  readFileSync(join(import.meta.dirname, '../cases/policy/refused.yml'), 'utf8'),
)

describe('files of cases that are refused, where and with what', () => {
  test.each(refused)('$name', ({ file, problems, says }) => {
    const found = problemsOf(file)
    expect(found.map(({ code, line, column }) => `${code} ${line}:${column}`)).toEqual(problems)
    expect(found.map(({ message, mend }) => `${message}\n${mend}`).join('\n')).toContain(says)
    for (const problem of found) expect(problem.file).toBe(join(folder, 'cases.yml'))
  })

  test('nothing is refused without its slip', () => {
    const call = 'claims: { a: b }, request: GET /x'
    const text = `- about: x\n  access: ./access.yml\n  cases: [{ name: a, issuer: idp, ${call}, expect: { effect: allow } }]\n`
    expect(problemsOf(text)).toEqual([])
  })
})

describe('the JSON Schema of this format', () => {
  test('every key has a title and a sentence about it, and no map takes others', () => {
    const keys: string[] = []
    const wrong: unknown[] = []
    JSON.parse(schemaText('cases'), (_, value) => {
      if (value?.properties === undefined) return value
      if (value.additionalProperties !== false) wrong.push(value)
      for (const [key, one] of Object.entries<Record<string, string>>(value.properties)) {
        keys.push(key)
        if (!one.title || !/^\S.+\.$/.test(one.description ?? '')) wrong.push(key)
      }
      return value
    })
    expect(wrong).toEqual([])
    for (const key of ['about', 'access', 'vars', 'claims', 'request', 'now', 'expect', 'reason', 'roles'])
      expect(keys).toContain(key)
  })

  test('an editor completes the reasons that a case can have', () => {
    const group = JSON.parse(schemaText('cases')).items.properties
    const reasons = group.cases.items.properties.expect.properties.reason.enum
    expect(reasons).toEqual(expect.arrayContaining(['granted', 'role_none', 'route_not_granted']))
    expect(reasons).not.toContain('token_expired')
  })
})
