import type { Role } from '../../shared/access/access.ts'
import type { Lendable } from '../../shared/access/lendable.ts'
import { type Call, type HttpAnswer, jsonAnswer } from './call.ts'
import { headerToken } from './container.ts'
import type { Parts } from './parts.ts'

/** `GET /roles`: what the caller of this token has, and what it may borrow. */
export async function answerRoles(parts: Parts, call: Call): Promise<HttpAnswer> {
  call.record.action = 'roles'
  const { issuer, claims, roles, lendable } = await parts.identify(call, headerToken(call))
  return jsonAnswer(200, {
    issuer: issuer.name,
    subject: claims.sub,
    roles: roles.map(({ name, routes, own = [] }) => ({
      role: name,
      routes: [...routes, ...own.map(ownRoute)],
    })),
    credentials: lendable.map(borrowable),
  })
}

function borrowable({ role: { name, credentials }, trustEnds, scopes }: Lendable): object {
  return {
    role: name,
    awsRole: credentials?.roleArn,
    scopes: scopes ?? (credentials?.scopes ? Object.keys(credentials.scopes) : null),
    durationSeconds: credentials?.durationSeconds,
    maxDurationSeconds: credentials?.maxDurationSeconds,
    endsWithToken: credentials?.endsWithToken,
    ...(trustEnds !== undefined && { trustEnds: new Date(trustEnds * 1000).toISOString() }),
  }
}

/** `GET /users/{}` where a segment must be the caller's claim, as the manifest writes it. */
function ownRoute({ key, claims }: NonNullable<Role['own']>[number]): string {
  const [method = '', path = ''] = key.split(' ')
  const segments = path.split('/').map((segment, at) => {
    const own = claims.find((one) => one.at === at - 1)
    return own ? `{claims['${own.claim.name}']}` : segment
  })
  return `${method} ${segments.join('/')}`
}
