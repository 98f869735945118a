import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createBroker } from '../functions/broker/broker.ts'
import type { Access } from '../shared/access/access.ts'
import type { Json } from '../shared/json.ts'
import { compileManifest } from '../shared/manifest/compile.ts'
import { loadManifest } from '../shared/manifest/load.ts'
import type { SendAssumeRole } from '../shared/sts/client.ts'
import { audience, createLab, issuer, type Lab } from './lab.ts'
import type { Row, Section, Size } from './row.ts'

const limitP50Ms = 1
const limitP99Ms = 5
const calls: Readonly<Record<Size, number>> = { quick: 2000, full: 20_000 }

/** What the broker takes beside STS, which answers at once here: event in, session, lease, record, answer out. */
export async function brokerTime(size: Size, folder: string): Promise<Section> {
  const lab = createLab()
  const access = accessFor(lab, folder)
  const broker = createBroker(access, {
    fetchJson: async () => {
      throw new Error('keys are pinned')
    },
    nowMs: Date.now,
    send: stsAtOnce,
    identities: undefined,
    emit: (line) => process.stdout.write(`${line}\n`),
  })
  const timed = async (tokens: readonly string[]): Promise<readonly number[]> => {
    const times: number[] = []
    for (const token of tokens) {
      const event = eventWith(token)
      const start = performance.now()
      const { statusCode } = await broker(event)
      times.push(performance.now() - start)
      if (statusCode !== 200) throw new Error(`the broker answered ${statusCode}`)
    }
    return times.sort((a, b) => a - b)
  }
  const tokens = Array.from({ length: calls[size] }, (_, at) => lab.token('ES256', at))
  const one = lab.token('ES256', 1)
  await timed(tokens.slice(0, 500))
  const minted = await timed(tokens.map((_, at) => lab.token('ES256', calls[size] + at)))
  const held = await timed(tokens.map(() => one))
  return {
    title: 'Broker',
    note: `Its own time for GET /credentials/{role}, with STS answering at once; ${calls[size]} calls a row, ES256.`,
    rows: [
      timeRow('new token, new session, p50', at(minted, 0.5), limitP50Ms),
      timeRow('new token, new session, p99', at(minted, 0.99), limitP99Ms),
      timeRow('known token, lease held, p50', at(held, 0.5), limitP50Ms),
      timeRow('known token, lease held, p99', at(held, 0.99), limitP99Ms),
    ],
  }
}

function timeRow(what: string, ms: number, limitMs: number): Row {
  return { what, value: `${ms.toFixed(3)} ms`, limit: `${limitMs} ms`, within: ms <= limitMs }
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.floor((sorted.length - 1) * share)] as number
}

const stsAtOnce: SendAssumeRole = async ({ RoleSessionName, DurationSeconds }) => ({
  Credentials: {
    AccessKeyId: 'ASIA0000000000000001',
    SecretAccessKey: 's'.repeat(40),
    SessionToken: 't'.repeat(800),
    Expiration: new Date(Date.now() + DurationSeconds * 1000),
  },
  AssumedRoleUser: {
    AssumedRoleId: `AROAEXAMPLE:${RoleSessionName}`,
    Arn: `arn:aws:sts::123456789012:assumed-role/exporter/${RoleSessionName}`,
  },
  $metadata: {},
})

function accessFor(lab: Lab, folder: string): Access {
  const file = join(folder, 'access.yml')
  writeFileSync(join(folder, 'jwks.json'), JSON.stringify(lab.jwks as Json))
  const resources = ['arn:aws:s3:::acme-orders/{claims.repository_id}/*']
  const manifest = {
    version: 1,
    issuers: {
      ci: { type: 'oidc', issuer, audience: [audience], algorithms: ['ES256'], jwks: './jwks.json' },
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

function eventWith(token: string): object {
  return {
    version: '2.0',
    rawPath: '/credentials/exporter',
    rawQueryString: 'scope=read',
    headers: { authorization: `Bearer ${token}` },
    requestContext: { stage: '$default', http: { method: 'GET', sourceIp: '192.0.2.1' } },
  }
}
