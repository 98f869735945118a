import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { check } from '../../cli/check.ts'

export const folder = mkdtempSync(join(tmpdir(), 'postern-check-'))
export const nowSeconds = Date.UTC(2027, 0, 1) / 1000

export function write(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

export function checkText(text: string, json = false): { exitCode: number; text: string } {
  return check({ file: write('access.yml', text), json, nowSeconds })
}

export function warnings(text: string): readonly string[] {
  const { exitCode, text: output } = checkText(text, true)
  expect(exitCode).toBe(0)
  return JSON.parse(output).warnings.map(
    ({ code, line, column }: { code: string; line: number; column: number }) => `${code} ${line}:${column}`,
  )
}

/** The lines every manifest needs. */
export const head =
  'version: 1\nissuers: { idp: { type: oidc, issuer: https://idp.example, audience: [api] } }\n'
