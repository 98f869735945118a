import { fetchCredentials } from '../broker/credentials.ts'
import { CommandError } from '../command.ts'
import { below } from './address.ts'
import { about, type Result } from './result.ts'
import type { Sts } from './sts.ts'

export type LentRole = { readonly role: string; readonly awsRole: string }

/** Borrows once as any bot would, and has AWS say whose the credentials are. They are dropped here. */
export async function checkAwsRole(
  broker: URL,
  token: string,
  { role, awsRole }: LentRole,
  sts: Sts,
  nowMs: () => number,
): Promise<Result> {
  const { ok, warning, failed } = about('aws-role', role)
  try {
    const url = below(broker, `/credentials/${role}`)
    const source = { read: async () => token, variables: [] }
    const said = await sts.callerIdentity(await fetchCredentials({ url, token: source }, nowMs), awsRole)
    if ('arn' in said) {
      if (isSessionOf(said.arn, awsRole)) return ok(`a session of ${awsRole}, by STS itself`)
      return failed(
        `the credentials are of ${said.arn.slice(0, 300)}, not of ${awsRole}`,
        "compare the role's `roleArn` with what is deployed",
      )
    }
    if (said.code === 'broker')
      return warning(`lent, but ${said.message}, so AWS was not asked`, endpointMend)
    if (said.code === 'unreachable')
      return warning('lent, but STS cannot be reached from here', 'check the network, then try again')
    return failed(
      `lent, but STS refuses the credentials: ${said.code}`,
      'check that AWS_ENDPOINT_URL_STS, where it is set, names the AWS that the broker borrows from, and the clock',
    )
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    return failed(`${awsRole}: ${error.message}`, error.mend)
  }
}

export const endpointMend =
  'take AWS_ENDPOINT_URL_STS, or the endpoint_url of ~/.aws/config, away for this command'

/** A session's ARN has the role's name, and not its path (facts B2). */
function isSessionOf(arn: string, awsRole: string): boolean {
  const [, partition, , , account, resource = ''] = awsRole.split(':')
  const name = resource.split('/').at(-1)
  return arn.startsWith(`arn:${partition}:sts::${account}:assumed-role/${name}/`)
}
