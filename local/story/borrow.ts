import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { LocalBroker } from '../broker/broker.ts'
import type { Answer } from './call.ts'

/** Asks for a role's credentials as SDKs do of a container's endpoint; `role` may have a query behind it. */
export async function askContainer(broker: LocalBroker, role: string, token: string): Promise<Answer> {
  const response = await fetch(`${broker.url}/credentials/${role}`, { headers: { authorization: token } })
  return { status: response.status, body: (await response.json()) as Answer['body'] }
}

/** Asks for an AWS role as SDKs do with a token's file, by STS's own protocol. */
export async function askByWebIdentity(broker: LocalBroker, roleArn: string, token: string): Promise<Answer> {
  const response = await fetch(broker.url, {
    method: 'POST',
    body: new URLSearchParams({
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: roleArn,
      RoleSessionName: 'story',
      WebIdentityToken: `${token}\n`,
    }),
  })
  const code = /<Code>(\w+)<\/Code>/.exec(await response.text())?.[1]
  return { status: response.status, body: code === undefined ? {} : { code } }
}

/** `get` or `put` of an object. */
export type Errand = readonly [action: 'get' | 'put', bucket: string, key: string]

/** Where a bot's SDK finds credentials: a role at the container's endpoint, or an AWS role at STS's. */
export type Source = { readonly role: string } | { readonly roleArn: string }

/** Runs the bot with an environment of its own, as a job's would be; its token is in a file. */
export async function runBot(
  broker: LocalBroker,
  source: Source,
  token: string,
  errand: Errand,
): Promise<Answer> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-bot-'))
  const tokenFile = join(folder, 'token')
  try {
    await writeFile(tokenFile, token, { mode: 0o600 })
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(import.meta.dirname, 'bot.ts'), ...errand],
      { env: { ...environmentOf(broker, source, tokenFile), HOME: folder } },
    )
    const { status, ...body } = JSON.parse(stdout)
    return { status, body }
  } finally {
    await rm(folder, { recursive: true })
  }
}

function environmentOf(broker: LocalBroker, source: Source, tokenFile: string): Record<string, string> {
  const aws = {
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL_S3: broker.aws.url,
    AWS_EC2_METADATA_DISABLED: 'true',
  }
  if ('role' in source)
    return {
      ...aws,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${broker.url}/credentials/${source.role}`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile,
    }
  return {
    ...aws,
    AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
    AWS_ROLE_ARN: source.roleArn,
    AWS_ENDPOINT_URL_STS: broker.url,
  }
}
