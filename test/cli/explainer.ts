import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Explanation } from '../../cli/explanation.ts'
import type { ClaimSet, SignOptions } from '../../local/issuer/issuer.ts'
import { type LocalIssuers, startIssuers } from '../../local/issuer/server.ts'
import { compileManifest } from '../../shared/manifest/compile.ts'
import { loadManifest } from '../../shared/manifest/load.ts'
import { ordersManifest, postern, type Run } from './run.ts'

/** A claim's value that no output may show. */
export const secret = 'value-of-a-claim'

export type Explainer = {
  readonly issuers: LocalIssuers
  /** Runs the command on a token in a file, and holds every output to not showing it. */
  explain(token: string, ...more: string[]): Promise<Run>
  explainJson(token: string, ...more: string[]): Promise<Explanation & { code: Run['code'] }>
  staff(claims: ClaimSet, options?: SignOptions): Promise<string>
  reader(): Promise<string>
}

/** `postern explain` on a manifest against issuers of its own. Default: examples/orders. */
export async function startExplainer(manifest = ordersManifest): Promise<Explainer> {
  const issuers = await startIssuers({ access: compileManifest(loadManifest(manifest)), port: 0 })
  const folder = mkdtempSync(join(tmpdir(), 'postern-explain-'))
  let files = 0
  const explain: Explainer['explain'] = async (token, ...more) => {
    const file = join(folder, `${files++}.txt`)
    writeFileSync(file, `${token}\n`)
    const fixed = ['explain', '--access', manifest, '--token', file, '--local', issuers.url]
    const isAsked = more.includes('--route') || more.includes('--role')
    const route = isAsked ? [] : ['--route', 'GET /orders/1']
    return silent(token, await postern([...fixed, ...route, ...more]))
  }
  const staff: Explainer['staff'] = (claims, options) =>
    issuers.sign('staff', { email: secret, ...claims }, options)
  return {
    issuers,
    explain,
    async explainJson(token, ...more) {
      const { code, stdout, stderr } = await explain(token, '--json', ...more)
      expect(stderr).toBe('')
      return { code, ...JSON.parse(stdout) }
    },
    staff,
    reader: () => staff({ 'cognito:groups': ['orders'] }),
  }
}

/** Holds an output to showing neither a part of the token nor a claim's value. */
export function silent(token: string, outcome: Run): Run {
  const output = outcome.stdout + outcome.stderr
  for (const part of token.split(/[. ]/).filter((one) => one.length > 6)) expect(output).not.toContain(part)
  expect(output).not.toContain(secret)
  return outcome
}

export const failedCheck = ({ checks }: Explanation) => checks.find(({ result }) => result === 'failed')?.id
