import { expect } from 'vitest'
import { loadManifest } from '../../../shared/manifest/load.ts'
import { checkTemplate } from '../../../shared/template/check-template.ts'
import { readWiring } from '../../../shared/template/wiring.ts'
import { codes, type Resources, write } from './templates.ts'

const issuers = 'version: 1\nissuers: { idp: { type: oidc, issuer: https://idp.example, audience: [api] } }\n'

/** A manifest with these keys under `api`, whose one role lists `routes`. */
function manifest(api: object, routes: readonly string[]): string {
  const role = { owner: 'o', routes, trust: [{ issuer: 'idp', claims: { a: 'b' } }] }
  return `${issuers}api: ${JSON.stringify(api)}\nroles: ${JSON.stringify({ reader: role })}\n`
}

type Setting = {
  readonly api?: object
  readonly routes?: readonly string[]
  readonly only?: string
}

/** A template held against a manifest that says nothing more than `setting`. */
export function checked(
  template: Resources | string,
  { api = {}, routes = ['GET /orders'], only }: Setting = {},
) {
  const loaded = loadManifest(write('access.yml', manifest({ encodedPaths: 'refuse', ...api }, routes)))
  const file = typeof template === 'string' ? template : write('check.json', { Resources: template })
  return checkTemplate(loaded, readWiring(file), only)
}

/** The problems, then the warnings after a `~`. */
export function found(template: Resources | string, setting?: Setting): readonly string[] {
  const { problems, warnings } = checked(template, setting)
  for (const { message, mend, line, column } of [...problems, ...warnings]) {
    expect(message).toMatch(/^.{8,}$/)
    expect(mend).toMatch(/^.{6,}$/)
    expect(Math.min(line, column)).toBeGreaterThan(0)
  }
  return [...codes(problems), ...codes(warnings).map((code) => `~${code}`)]
}
