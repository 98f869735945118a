import { type Authorization, type AuthorizeParts, authorize } from './authorize.ts'
import { httpAuthorizerEvent, httpProxyEvent } from './http-events.ts'
import { type GatewayAnswer, type HttpApi, timedOut } from './model.ts'
import { readHttpProxyAnswer } from './proxy-answer.ts'
import { type Call, methodArn } from './request.ts'
import { type HttpMatch, resolveHttp } from './routes.ts'

/** One request to an HTTP API: route, authorizer, integration. It has no gateway responses to shape the refusals. */
export async function handleHttp(api: HttpApi, call: Call, parts: AuthorizeParts): Promise<GatewayAnswer> {
  const match = resolveHttp(api, call.request.method, call.request.path)
  if (match === undefined) return refuse(call, 404, 'Not Found')
  const routed: Call = { ...call, context: { ...call.context, routeKey: match.route.key } }
  const { authorizer } = match.route
  if (authorizer === undefined) return integrate(routed, match, undefined, parts)

  const event = (identity: readonly string[]) => httpAuthorizerEvent(routed, match, identity)
  const authorization = await authorize(authorizer, routed, event, parts)
  if (authorization.outcome !== 'allowed') return refuseAuthorization(routed, authorization)
  // Types are kept; without a context the member is null ([U], facts A4).
  return integrate(routed, match, { lambda: authorization.answer.context ?? null }, parts)
}

function refuseAuthorization(call: Call, authorization: Authorization): GatewayAnswer {
  if (authorization.outcome === 'identity_missing') return refuse(call, 401, 'Unauthorized')
  if (authorization.outcome === 'denied') return refuse(call, 403, 'Forbidden')
  // `throw new Error('Unauthorized')` among them: AWS promises no more than a 500 here (facts A5, J1).
  return refuse(call, 500, 'Internal Server Error')
}

function refuse(call: Call, status: number, message: string): GatewayAnswer {
  return {
    status,
    headers: [
      ['content-type', 'application/json'],
      ['apigw-requestid', call.requestId],
    ],
    body: Buffer.from(JSON.stringify({ message })),
  }
}

async function integrate(
  call: Call,
  match: HttpMatch,
  authorizer: object | undefined,
  parts: AuthorizeParts,
): Promise<GatewayAnswer> {
  const { functionId, timeoutMs } = match.route
  if (!parts.mayInvoke(functionId, methodArn(call))) return refuse(call, 500, 'Internal Server Error')
  const result = await parts.invoke(functionId, httpProxyEvent(call, match, authorizer), timeoutMs)
  if (!result.ok && result.errorType === timedOut) return refuse(call, 503, 'Service Unavailable')
  const answer = result.ok ? readHttpProxyAnswer(result.value) : undefined
  if (answer === undefined) return refuse(call, 500, 'Internal Server Error')
  return { ...answer, headers: [...answer.headers, ['apigw-requestid', call.requestId]] }
}
