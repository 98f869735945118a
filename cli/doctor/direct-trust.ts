import { endpointMend } from './aws-role.ts'
import { about, type Result } from './result.ts'
import type { Said, Sts } from './sts.ts'

/** What AWS's own guides have GitHub's jobs ask for. */
export const awsAudience = 'sts.amazonaws.com'

/**
 * Whether the AWS role lets the token in by itself, past Postern and its scopes. `forAws` gives a token of the same
 * caller for AWS's own audience, where the caller chooses its audience.
 */
export async function checkDirectTrust(
  awsRole: string,
  token: string,
  sts: Sts,
  forAws: (() => Promise<string>) | undefined,
): Promise<Result> {
  const said = await sts.assumeByToken(awsRole, token)
  if (forAws === undefined || !isForAnother(said)) return judge(awsRole, said)
  const another = await forAws().catch(() => undefined)
  return judge(awsRole, another === undefined ? said : await sts.assumeByToken(awsRole, another))
}

/** The account knows the issuer, and takes tokens of its that are for somebody else. */
function isForAnother(said: Said): boolean {
  return 'code' in said && said.code === 'InvalidIdentityToken' && /audience/i.test(said.message)
}

function judge(awsRole: string, said: Said): Result {
  const { ok, warning, failed, skipped } = about('direct-trust', awsRole)
  if ('arn' in said)
    return failed(
      'the AWS role trusts the issuer itself: the token is enough for all it may do, and no scope narrows that',
      "take the statement with sts:AssumeRoleWithWebIdentity out of the role's trust policy; `postern trust-policy` prints what is needed",
    )
  if (isForAnother(said))
    return warning(
      "the account knows the token's issuer, for another audience: a token for that one may reach the role",
      "look for sts:AssumeRoleWithWebIdentity in the role's trust policy, and take it out",
    )
  if (said.code === 'broker') return warning(`${said.message}, so AWS was not asked`, endpointMend)
  if (refusals.includes(said.code)) return ok(`STS refuses the token by itself: ${said.code}`)
  return skipped(`could not be found out: STS: ${said.code}`)
}

const refusals: readonly string[] = ['AccessDenied', 'InvalidIdentityToken', 'IDPRejectedClaim']
