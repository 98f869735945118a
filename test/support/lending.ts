import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LocalBroker } from '../../local/broker/broker.ts'
import type { ClaimSet, SignOptions } from '../../local/issuer/issuer.ts'
import { startWorld } from '../../local/world.ts'
import type { DecisionRecord } from '../../shared/audit/record.ts'
import { type Bot, startBot } from './bots.ts'
import { type S3Front, startS3Front } from './s3-front.ts'

export const roleArn = 'arn:aws:iam::123456789012:role/reports'
/** What nobody here may read but its own team. */
export const others = 'acme-reports/others/1.txt'

const manifest = {
  version: 1,
  issuers: { ci: { type: 'oidc', issuer: 'https://ci.acme.example', audience: ['postern'] } },
  roles: {
    reports: {
      description: "Reads the reports of the caller's own team",
      owner: 'reports@acme.example',
      trust: [{ issuer: 'ci', claims: { scope: 'reports' } }],
      credentials: {
        roleArn,
        scopes: {
          read: [
            { actions: ['s3:GetObject'], resources: ['arn:aws:s3:::acme-reports/{claims.sub}/*'] },
            {
              actions: ['s3:ListBucket'],
              resources: ['arn:aws:s3:::acme-reports'],
              conditions: { StringLike: { 's3:prefix': '{claims.sub}/*' } },
            },
          ],
        },
      },
    },
  },
}

/** A broker over HTTP, and the AWS whose role it lends. */
export type Lending = {
  readonly broker: LocalBroker
  readonly s3: S3Front
  /** Somebody's home. */
  readonly folder: string
  /** With the token of who arrived last. */
  readonly tokenFile: string
  /** Every request that reached the broker since the last `clear`. */
  readonly records: readonly DecisionRecord[]
  clear(): void
  /** A bot of a team of its own, so that no session of another's is at hand for it; its token is in the file. */
  arrive(claims?: ClaimSet, options?: SignOptions): Promise<Arrived>
  /** Starts a program that knows where credentials are, where S3 is, and nothing else of whoever runs the tests. */
  start(command: readonly string[], credentials: Readonly<Record<string, string>>): Bot
  /** Ends the bots too. */
  close(): Promise<void>
}

export type Arrived = {
  readonly team: string
  readonly token: string
  /** An object that it may read: `bucket/key`. */
  readonly own: string
}

export async function startLending(): Promise<Lending> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-lending-'))
  const accessFile = join(folder, 'access.yml')
  await writeFile(accessFile, JSON.stringify(manifest))
  const records: DecisionRecord[] = []
  const world = await startWorld({ accessFile, port: 0, onRecord: (record) => records.push(record) })
  const { broker, issuers } = world
  if (broker === undefined) throw new Error('the manifest lends nothing')
  const s3 = await startS3Front(broker.aws.url)
  const put = (path: string) => {
    const [bucket = '', ...key] = path.split('/')
    broker.aws.putObject(bucket, key.join('/'), path)
  }
  put(others)
  let teams = 0
  const bots: Bot[] = []
  const lending: Lending = {
    broker,
    s3,
    folder,
    tokenFile: join(folder, 'token'),
    records,
    clear: () => {
      records.splice(0)
      s3.clear()
    },
    async arrive(claims = {}, options = {}) {
      const team = `team-${++teams}`
      const token = await issuers.sign('ci', { sub: team, scope: 'reports', ...claims }, options)
      await writeFile(lending.tokenFile, token, { mode: 0o600 })
      const own = `acme-reports/${team}/1.txt`
      put(own)
      return { team, token, own }
    },
    start(command, credentials) {
      const bot = startBot(command, botEnvironment(lending, credentials))
      bots.push(bot)
      return bot
    },
    close: async () => {
      for (const bot of bots) await bot.end()
      await s3.close()
      await world.close()
      await rm(folder, { recursive: true })
    },
  }
  // boto3 waits two seconds for an answer, and then asks again: a cold start is not to be counted as its habit.
  const { token } = await lending.arrive()
  await fetch(`${broker.url}/credentials/reports`, { headers: { authorization: token } })
  lending.clear()
  return lending
}

/** A bot's whole environment: nothing of whoever runs the tests gets in. */
export function botEnvironment(
  { folder, s3 }: Lending,
  credentials: Readonly<Record<string, string>>,
): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: folder,
    AWS_REGION: 'eu-west-1',
    // boto3 and the AWS CLI 1 know no other.
    AWS_DEFAULT_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL_S3: s3.url,
    AWS_EC2_METADATA_DISABLED: 'true',
    ...credentials,
  }
}

/** Where SDKs ask for credentials as in a container. */
export function asContainer({ broker, tokenFile }: Lending, role = 'reports'): Record<string, string> {
  return {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${broker.url}/credentials/${role}`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile,
  }
}

/** Where SDKs ask for credentials as of STS, with a token of their own. */
export function asWebIdentity({ broker, tokenFile }: Lending, arn = roleArn): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_STS: broker.url,
    AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
    AWS_ROLE_ARN: arn,
  }
}

/** The same by a profile of the client's own file, which leaves other profiles on AWS's STS. */
export async function asProfile({ broker, tokenFile, folder }: Lending): Promise<Record<string, string>> {
  const file = join(folder, 'profiles')
  const profile = `[profile reports]
role_arn = ${roleArn}
web_identity_token_file = ${tokenFile}
services = postern

[services postern]
sts =
  endpoint_url = ${broker.url}
`
  await writeFile(file, profile)
  return { AWS_CONFIG_FILE: file, AWS_PROFILE: 'reports' }
}
