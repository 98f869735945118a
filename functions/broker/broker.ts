import middy from '@middy/core'
import httpRouter from '@middy/http-router'
import type { AccessRows } from '../../shared/access/access.ts'
import { PosternError } from '../../shared/error.ts'
import type { Identities } from '../../shared/state/identities.ts'
import type { SendAssumeRole } from '../../shared/sts/client.ts'
import { createLeases } from '../../shared/sts/leases.ts'
import type { KeyDependencies } from '../../shared/token/key-fetch.ts'
import { createVerifier } from '../../shared/token/verify.ts'
import { type Call, type HttpAnswer, jsonAnswer } from './call.ts'
import { identify } from './caller.ts'
import { answerContainer } from './container.ts'
import type { Parts } from './parts.ts'
import { healthPath, recorded } from './recorded.ts'
import { answerRoles } from './roles.ts'
import { answerSts } from './sts.ts'

export type Dependencies = KeyDependencies & {
  /** STS's AssumeRole, or what stands in for it. */
  readonly send: SendAssumeRole
  readonly identities: Identities | undefined
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
  const verifier = createVerifier(access.issuers, dependencies)
  const parts: Parts = {
    identify: (call, token) => identify(access, verifier, call, token),
    leases: createLeases({ send, nowMs }),
    identities,
    nowMs,
  }
  return middy()
    .use(recorded(access, dependencies))
    .handler(router(parts) as unknown as Broker) as unknown as Broker
}

type Route = { readonly method: 'GET' | 'POST'; readonly path: string; readonly answer: Answerer }
type Answerer = (parts: Parts, call: Call) => Promise<HttpAnswer> | HttpAnswer

const routes: readonly Route[] = [
  { method: 'GET', path: '/credentials/{role}', answer: answerContainer },
  { method: 'POST', path: '/', answer: answerSts },
  { method: 'GET', path: '/roles', answer: answerRoles },
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
