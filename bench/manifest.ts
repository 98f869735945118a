import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type BuiltFunction, bundleFunctions } from '../bundle/build.ts'
import type { Access } from '../shared/access/access.ts'
import { compileManifest } from '../shared/manifest/compile.ts'
import { loadManifest } from '../shared/manifest/load.ts'
import { audience, issuer, type Lab } from './lab.ts'

/** Role N trusts repository N alone, so a caller has one role of however many there are. */
export const firstRepositoryId = 100_000

/** Writes a manifest of so many roles, with the lab's keys pinned, and compiles it as `postern build` does. */
export function accessOf(lab: Lab, roleCount: number, folder: string): Access {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'keys.json'), JSON.stringify(lab.jwks))
  const file = join(folder, `access-${roleCount}.yml`)
  writeFileSync(file, manifestText(roleCount))
  return compileManifest(loadManifest(file))
}

/** The authorizer's bundle for such a manifest. */
export async function bundleOf(lab: Lab, roleCount: number, folder: string): Promise<BuiltFunction> {
  const access = accessOf(lab, roleCount, folder)
  const [authorizer] = await bundleFunctions(access, join(folder, `roles-${roleCount}`))
  return authorizer as BuiltFunction
}

export type Handler = (event: unknown) => Promise<unknown>

export async function handlerOf(built: BuiltFunction): Promise<Handler> {
  return (await import(pathToFileURL(built.file).href)).handler
}

function manifestText(roleCount: number): string {
  const roles = Array.from({ length: roleCount }, (_, at) => roleText(at))
  return `version: 1
issuers:
  ci:
    type: oidc
    issuer: ${issuer}
    audience: [${audience}]
    algorithms: [RS256, ES256, EdDSA]
    jwks: ./keys.json
api:
  context: [repository]
roles:
${roles.join('')}`
}

function roleText(at: number): string {
  return `  deploy-${at}:
    description: Deploys of repository ${at}
    owner: team-${at % 50}@example.com
    trust:
      - issuer: ci
        claims:
          repository_id: "${firstRepositoryId + at}"
          environment: production
          ref: "refs/heads/release/*"
    routes:
      - GET /orders
      - GET /orders/{id}
      - POST /deployments/${at % 100}
`
}
