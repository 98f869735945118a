import middy from '@middy/core'
import httpRouter from '@middy/http-router'
import type { AccessRows } from '../../shared/access/access.ts'
import { PosternError } from '../../shared/error.ts'
import type { Identities } from '../../shared/state/identities.ts'
import type { SingleUse } from '../../shared/state/single-use.ts'
import type { SendAssumeRole, SendByToken } from '../../shared/sts/client.ts'
import { createLeases } from '../../shared/sts/leases.ts'
import { createSendWebIdentity, type SendWebIdentity } from '../../shared/sts/web-identity.ts'
import type { KeyDependencies } from '../../shared/token/key-fetch.ts'
import { createVerifier } from '../../shared/token/verify.ts'
import { type Call, type HttpAnswer, jsonAnswer } from './call.ts'
import { identify } from './caller.ts'
import { answerContainer } from './container.ts'
import { createOAuth } from './create-oauth.ts'
import { type HeldSecrets, holdSecrets, type SecretSources } from './held-secrets.ts'
import { answerOwnSecret, answerToken } from './oauth.ts'
import type { Parts } from './parts.ts'
import { healthPath, recorded } from './recorded.ts'
import { answerRoles } from './roles.ts'
import { answerSts } from './sts.ts'

export type Dependencies = KeyDependencies & {
  /** STS's AssumeRole, or what stands in for it. */
  readonly send: SendAssumeRole
  /** STS's AssumeRoleWithWebIdentity; needed where a role lends by web identity. */
  readonly sendByToken?: SendByToken
  readonly identities: Identities | undefined
  /** Needed where the manifest has `tokens`. */
  readonly secrets?: SecretSources
  readonly singleUse?: SingleUse | undefined
  /** Takes one decision record, a line of JSON without its newline. */
  readonly emit: (line: string) => void
}

export type Broker = (event: unknown, context?: object) => Promise<HttpAnswer>

/**
 * The broker: an HTTP request by a proxy integration or a function URL in, the answer of its protocol out, one record
 * per call but `GET /health`. Create it once, outside the handler.
 */
export function createBroker(access: AccessRows, dependencies: Dependencies): Broker {
  const { send, identities, nowMs } = dependencies
  const secrets = dependencies.secrets && holdSecrets(dependencies.secrets, nowMs)
  const verifier = createVerifier(access.issuers, dependencies)
  const oauth = access.tokens && secrets && createOAuth(access, access.tokens, secrets, dependencies)
  const parts: Parts = {
    oauth,
    identify: (call, token) => identify(access, verifier, call, token),
    leases: createLeases({ send, sendWebIdentity: webIdentityOf(access, secrets, dependencies), nowMs }),
    identities,
    nowMs,
  }
  return middy()
    .use(recorded(access, dependencies, secrets?.all ?? []))
    .handler(router(parts) as unknown as Broker) as unknown as Broker
}

function webIdentityOf(
  { tokens }: AccessRows,
  secrets: HeldSecrets | undefined,
  { sendByToken, nowMs }: Dependencies,
): SendWebIdentity | undefined {
  if (tokens === undefined || secrets === undefined || sendByToken === undefined) return undefined
  return createSendWebIdentity(tokens.issuer, secrets.findSigner, sendByToken, nowMs)
}

type Route = { readonly method: 'GET' | 'POST'; readonly path: string; readonly answer: Answerer }
type Answerer = (parts: Parts, call: Call) => Promise<HttpAnswer> | HttpAnswer

const routes: readonly Route[] = [
  { method: 'GET', path: '/credentials/{role}', answer: answerContainer },
  { method: 'POST', path: '/', answer: answerSts },
  { method: 'GET', path: '/roles', answer: answerRoles },
  { method: 'POST', path: '/token', answer: answerToken },
  { method: 'POST', path: '/clients/self/secret', answer: answerOwnSecret },
  { method: 'GET', path: healthPath, answer: () => jsonAnswer(200, { status: 'ok' }) },
]

function router(parts: Parts) {
  return httpRouter({
    routes: routes.map(({ method, path, answer }) => ({
      method,
      path,
      handler: async (call: unknown) => answer(parts, call as Call),
    })),
    notFoundResponse: () => {
      throw new PosternError('endpoint_unknown', 'nothing is served at this path by this method')
    },
  })
}
