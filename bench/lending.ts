import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BuiltFunction, bundleFunctions } from '../bundle/build.ts'
import type { Access } from '../shared/access/access.ts'
import { compileManifest } from '../shared/manifest/compile.ts'
import { loadManifest } from '../shared/manifest/load.ts'
import { audience, issuer, kinds, type Lab } from './lab.ts'

/** A manifest of one role that lends an AWS role, with the lab's keys pinned. */
export function lendingAccess(lab: Lab, folder: string): Access {
  const file = join(folder, 'access.yml')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'jwks.json'), JSON.stringify(lab.jwks))
  const resources = ['arn:aws:s3:::acme-orders/{claims.repository_id}/*']
  const manifest = {
    version: 1,
    issuers: {
      ci: { type: 'oidc', issuer, audience: [audience], algorithms: kinds, jwks: './jwks.json' },
    },
    roles: {
      exporter: {
        trust: [{ issuer: 'ci', claims: { repository_owner_id: '9919' } }],
        credentials: {
          roleArn: 'arn:aws:iam::123456789012:role/exporter',
          tags: { repository: '{claims.repository_id}' },
          scopes: { read: [{ actions: ['s3:GetObject'], resources }] },
        },
      },
    },
  }
  writeFileSync(file, JSON.stringify(manifest))
  return compileManifest(loadManifest(file))
}

/** The broker's bundle for it. */
export async function brokerBundle(lab: Lab, folder: string): Promise<BuiltFunction> {
  const built = await bundleFunctions(lendingAccess(lab, folder), folder)
  return built.find(({ name }) => name === 'broker') as BuiltFunction
}

/** `GET /credentials/exporter` at a function's URL. */
export function credentialsEvent(token: string): object {
  return {
    version: '2.0',
    rawPath: '/credentials/exporter',
    rawQueryString: 'scope=read',
    headers: { authorization: `Bearer ${token}` },
    requestContext: { stage: '$default', http: { method: 'GET', sourceIp: '192.0.2.1' } },
  }
}
