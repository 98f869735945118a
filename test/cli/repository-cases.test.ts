import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { decide } from '../../shared/access/decide.ts'
import type { Json } from '../../shared/json.ts'
import { accessOf, claimsOf } from '../support/access.ts'
import { postern, root } from './run.ts'

// The files as YAML's own parser reads them, and decided without any code of the command: what it says is held
// against that.

type Shared = {
  readonly claims?: Readonly<Record<string, Json>>
  readonly issuer?: string
  readonly request?: { readonly api: string; readonly method: string; readonly path: string }
  readonly now?: string
}
type Case = Shared & {
  readonly name: string
  readonly expect: { readonly effect: string; readonly reason: string; readonly roles: readonly string[] }
}
type Group = Shared & {
  readonly about: string
  readonly manifest: string
  readonly routes?: object
  readonly cases: readonly Case[]
}

const decisions = join(root, 'test/cases/decisions')
const groups: readonly Group[] = readdirSync(decisions)
  .filter((name) => name.endsWith('.yml'))
  .sort()
  .flatMap((name) => parse(readFileSync(join(decisions, name), 'utf8')))

function decided({ about, manifest, routes, cases, ...shared }: Group): readonly object[] {
  const access = accessOf(manifest, routes)
  return cases.flatMap((one) => {
    const { claims = {}, issuer = 'idp', request, now = '2026-11-22T08:00:00Z' } = { ...shared, ...one }
    return (['rest', 'http'] as const)
      .filter((api) => request?.api === 'both' || request?.api === api)
      .map((api) => {
        const call = { api, method: request?.method ?? '', path: request?.path ?? '' }
        const principal = { issuer, claims: claimsOf(claims) }
        const { effect, reason, roles } = decide(access, principal, call, Date.parse(now) / 1000)
        return { about, name: one.name, ...call, effect, reason, roles: roles.map((role) => role.name) }
      })
  })
}

type Told = { about: string; cases: { name: string; got: { differs: string[] }[] }[] }

test('every case is decided by the command as by the manifest in a bundle, and as expected', async () => {
  const { code, stdout } = await postern(['test', decisions, '--json'])
  expect(code).toBe(0)
  const told = (JSON.parse(stdout).groups as Told[]).flatMap(({ about, cases }) =>
    cases.flatMap(({ name, got }) => got.map(({ differs, ...one }) => ({ about, name, ...one }))),
  )
  const own = groups.flatMap(decided)
  expect(own.length).toBeGreaterThan(500)
  expect(told).toEqual(own)
})

test('with the other effect expected, every one of them fails', async () => {
  const turn = ({ effect, roles }: Case['expect']) => ({
    effect: effect === 'allow' ? 'deny' : 'allow',
    roles,
  })
  const turned = groups.map((group) => ({
    ...group,
    cases: group.cases.map((one) => ({ ...one, expect: turn(one.expect) })),
  }))
  const total = groups.flatMap((group) => group.cases).length
  const file = join(mkdtempSync(join(tmpdir(), 'postern-turned-')), 'turned.json')
  writeFileSync(file, JSON.stringify(turned))
  const { code, stdout } = await postern(['test', file])
  expect(code).toBe(1)
  expect(stdout).toMatch(new RegExp(`\n${total} cases: 0 passed, ${total} failed\n$`))
})
