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
  return compileManifest(loadManifest(writeManifest(lab, roleCount, folder)))
}

export function writeManifest(lab: Lab, roleCount: number, folder: string): string {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'keys.json'), JSON.stringify(lab.jwks))
  const file = join(folder, `access-${roleCount}.yml`)
  writeFileSync(file, `${head}api:\n  context: [repository]\nroles:\n${rolesText(0, roleCount)}`)
  return file
}

/** The same roles in so many apps, each with a folder and an API of its own; the first app's is that of the lab's events. */
export function writeApps(lab: Lab, roleCount: number, appCount: number, folder: string): string {
  const names = Array.from({ length: appCount }, (_, at) => `app-${at}`)
  for (const [at, name] of names.entries()) {
    mkdirSync(join(folder, name), { recursive: true })
    const [from, to] = [at, at + 1].map((edge) => Math.floor((edge * roleCount) / appCount)) as [
      number,
      number,
    ]
    writeFileSync(join(folder, name, 'access.yml'), `version: 1\nroles:\n${rolesText(from, to)}`)
  }
  writeFileSync(join(folder, 'keys.json'), JSON.stringify(lab.jwks))
  const file = join(folder, 'root.yml')
  writeFileSync(file, `${head}apps:\n${names.map(appText).join('')}`)
  return file
}

/** The authorizer's bundle for such a manifest. */
export async function bundleOf(lab: Lab, roleCount: number, folder: string): Promise<BuiltFunction> {
  return bundleOfFile(writeManifest(lab, roleCount, folder), join(folder, `roles-${roleCount}`))
}

export async function bundleOfFile(file: string, outDir: string): Promise<BuiltFunction> {
  const [authorizer] = await bundleFunctions(compileManifest(loadManifest(file)), outDir)
  return authorizer as BuiltFunction
}

export type Handler = (event: unknown) => Promise<unknown>

export async function handlerOf(built: BuiltFunction): Promise<Handler> {
  return (await import(pathToFileURL(built.file).href)).handler
}

const head = `version: 1
issuers:
  ci:
    type: oidc
    issuer: ${issuer}
    audience: [${audience}]
    algorithms: [RS256, ES256, EdDSA]
    jwks: ./keys.json
`

function appText(name: string, at: number): string {
  return `  ${name}:
    manifest: ./${name}/access.yml
    apiIds: [${at === 0 ? 'abcdef1234' : `api${at}`}]
    context: [repository]
    allow: { issuers: [ci], routes: [ANY /orders, 'ANY /orders/{id}', 'ANY /deployments/{n}'] }
`
}

function rolesText(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, at) => roleText(from + at)).join('')
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
