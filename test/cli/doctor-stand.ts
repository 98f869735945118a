import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Result } from '../../cli/doctor/result.ts'
import { closeServer, listenOnLoopback } from '../../local/http/loopback.ts'
import { startWorld, type World } from '../../local/world.ts'
import { postern, type Run } from './run.ts'

export const folder = mkdtempSync(join(tmpdir(), 'postern-doctor-'))
export const awsRole = 'arn:aws:iam::123456789012:role/teams/reports'

const trust = [{ issuer: 'ci', claims: { scope: 'reports' } }]
export const manifest = {
  version: 1,
  issuers: { ci: { type: 'oidc', issuer: 'https://ci.acme.example', audience: ['postern'] } },
  roles: {
    reader: { description: 'Reads', owner: 'a@acme.example', trust, routes: ['GET /reports'] },
    reports: {
      description: 'Lends',
      owner: 'a@acme.example',
      trust,
      credentials: {
        roleArn: awsRole,
        scopes: { read: [{ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::acme/{claims.sub}/*'] }] },
      },
    },
  },
}

export function write(name: string, content: object | string): string {
  const file = join(folder, name)
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

/** How AWS answers a token by itself: the code and message of its refusal, or not at all. */
export type Direct = { readonly code: string; readonly message: string } | 'trusts'

/** AWS in front of the local one, which does not have AssumeRoleWithWebIdentity. */
export type AwsFront = {
  readonly url: string
  direct: Direct | ((token: string) => Direct)
  readonly tokens: string[]
  close(): Promise<void>
}

export async function startAwsFront(aws: string): Promise<AwsFront> {
  const server = createServer(async (asked, response) => {
    const body = await bodyOf(asked)
    const form = new URLSearchParams(body)
    if (form.get('Action') !== 'AssumeRoleWithWebIdentity') return pass(aws, asked, body, response)
    const token = form.get('WebIdentityToken') ?? ''
    front.tokens.push(token)
    const direct = typeof front.direct === 'function' ? front.direct(token) : front.direct
    const xmlns = 'xmlns="https://sts.amazonaws.com/doc/2011-06-15/"'
    if (direct === 'trusts')
      return void response
        .writeHead(200, { 'content-type': 'text/xml' })
        .end(
          `<AssumeRoleWithWebIdentityResponse ${xmlns}><AssumeRoleWithWebIdentityResult><AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/reports/postern-doctor</Arn><AssumedRoleId>AROA:postern-doctor</AssumedRoleId></AssumedRoleUser><Credentials><AccessKeyId>ASIADIRECTDIRECT0000</AccessKeyId><SecretAccessKey>direct-secret</SecretAccessKey><SessionToken>direct-session</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
        )
    response
      .writeHead(direct.code === 'AccessDenied' ? 403 : 400, { 'content-type': 'text/xml' })
      .end(
        `<ErrorResponse ${xmlns}><Error><Type>Sender</Type><Code>${direct.code}</Code><Message>${direct.message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
      )
  })
  const front: AwsFront = {
    url: await listenOnLoopback(server, 0),
    direct: { code: 'AccessDenied', message: 'Not authorized' },
    tokens: [],
    close: () => closeServer(server),
  }
  return front
}

/** A front whose clock is off: every answer's Date is by so much later. */
export async function startClockFront(target: string, aheadSeconds: number) {
  const server = createServer(async (asked, response) =>
    pass(target, asked, await bodyOf(asked), response, aheadSeconds),
  )
  return { url: await listenOnLoopback(server, 0), close: () => closeServer(server) }
}

async function bodyOf(asked: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of asked) body += chunk
  return body
}

/** With the headers as they came, since signatures are over them. */
function pass(
  target: string,
  asked: IncomingMessage,
  body: string,
  response: ServerResponse,
  ahead = 0,
): void {
  const { url = '/', method = 'GET', headers } = asked
  const passed = request(`${target}${url}`, { method, headers }, (answer) => {
    const date = new Date(Date.now() + ahead * 1000).toUTCString()
    response.writeHead(answer.statusCode ?? 500, ahead === 0 ? answer.headers : { ...answer.headers, date })
    answer.pipe(response)
  })
  passed.end(body)
}

export type Diagnosis = Run & { readonly results: readonly Result[] }

export type Stand = {
  readonly world: World
  readonly aws: AwsFront
  readonly api: string
  readonly token: string
  readonly tokenFile: string
  /** Runs the command on the live world, `--json`, and holds its output to showing no secret. */
  doctor(...more: string[]): Promise<Diagnosis>
  close(): Promise<void>
}

export async function startStand(): Promise<Stand> {
  const accessFile = write('access.yml', manifest)
  const world = await startWorld({ accessFile, port: 0 })
  if (!world.broker) throw new Error('the manifest lends nothing')
  const aws = await startAwsFront(world.broker.aws.url)
  const token = await world.issuers.sign('ci', { sub: 'team-1', scope: 'reports' })
  const rest = world.apis.find(({ type }) => type === 'rest')
  const tokenFile = write('token', token)
  const doctor: Stand['doctor'] = async (...more) => {
    const fixed = more.includes('--access') ? [] : ['--access', accessFile]
    const run = await postern(['doctor', ...fixed, '--local', world.issuers.url, '--json', ...more], {
      env: { AWS_ENDPOINT_URL_STS: aws.url, POSTERN_BROKER: '' },
    })
    for (const secret of [token.split('.')[2] as string, 'direct-s', 'SecretAccessKey'])
      expect(run.stdout + run.stderr).not.toContain(secret)
    return { ...run, results: run.stdout === '' ? [] : JSON.parse(run.stdout) }
  }
  const close = async () => {
    await aws.close()
    await world.close()
  }
  const api = `${world.url}/${rest?.apiId}/${rest?.stage}/reports`
  return { world, aws, api, token, tokenFile, doctor, close }
}

export function outcomes(results: readonly Result[]): readonly string[] {
  return results.map(({ check, subject, outcome }) => `${outcome} ${check} ${subject}`)
}

export function one(results: readonly Result[], check: string, subject?: string): Result {
  const [found] = results.filter((each) => each.check === check && (subject ?? each.subject) === each.subject)
  if (found === undefined) throw new Error(`no ${check} ${subject}: ${outcomes(results).join('; ')}`)
  return found
}
