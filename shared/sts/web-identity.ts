import { randomUUID } from 'node:crypto'
import { signJwt } from '../oauth/sign.ts'
import type { FindSigner } from '../secret/signer.ts'
import type { AssumeRole } from './assume-role.ts'
import type { SendAssumeRole, SendByToken } from './client.ts'

/** How long STS is shown a token: it is made for one call, and never leaves the broker. */
export const webIdentitySeconds = 300

/** AssumeRole's request as AssumeRoleWithWebIdentity, for the role of that name. */
export type SendWebIdentity = (
  request: AssumeRole,
  role: string,
  signal: AbortSignal,
) => ReturnType<SendAssumeRole>

/**
 * Sessions without role chaining: what AssumeRole has fields for, tags, their transitive keys and the source identity,
 * stands in a token that Postern signs (facts B1), whose subject is the role that lends. Throws `signing_key_missing`,
 * `secret_unusable`, `secret_unavailable`, and what STS says.
 */
export function createSendWebIdentity(
  issuer: string,
  findSigner: FindSigner,
  send: SendByToken,
  nowMs: () => number,
): SendWebIdentity {
  return async (request, role, signal) => {
    const { RoleArn, RoleSessionName, DurationSeconds, Policy, PolicyArns } = request
    const iat = Math.floor(nowMs() / 1000)
    const token = signJwt(await findSigner(), 'JWT', {
      iss: issuer,
      sub: role,
      aud: stsAudience(RoleArn),
      iat,
      exp: iat + webIdentitySeconds,
      jti: randomUUID(),
      'https://aws.amazon.com/source_identity': request.SourceIdentity,
      ...(request.Tags && {
        'https://aws.amazon.com/tags': {
          principal_tags: Object.fromEntries(request.Tags.map(({ Key, Value }) => [Key, [Value]])),
          transitive_tag_keys: request.TransitiveTagKeys ?? [],
        },
      }),
    })
    const asked = { RoleArn, RoleSessionName, DurationSeconds, WebIdentityToken: token }
    return send(
      { ...asked, ...(Policy !== undefined && { Policy }), ...(PolicyArns && { PolicyArns }) },
      signal,
    )
  }
}

/** What the AWS role's trust policy pins; each partition's console suggests its own. */
export function stsAudience(roleArn: string): string {
  return roleArn.startsWith('arn:aws-cn:') ? 'sts.amazonaws.com.cn' : 'sts.amazonaws.com'
}
