import { type AuthorizerAnswer, textContext } from './answer.ts'
import { type Authorization, type AuthorizeParts, authorize } from './authorize.ts'
import { httpAuthorizerEvent, httpProxyEvent } from './http-events.ts'
import { httpAuthorizerEvent1, httpProxyEvent1 } from './http-events-1.ts'
import { type GatewayAnswer, type HttpApi, timedOut } from './model.ts'
import { readHttpProxyAnswer, readHttpProxyAnswer1 } from './proxy-answer.ts'
import { type Call, methodArn } from './request.ts'
import { type HttpMatch, resolveHttp } from './routes.ts'

/** One request to an HTTP API: route, authorizer, integration. It has no gateway responses to shape the refusals. */
export async function handleHttp(api: HttpApi, call: Call, parts: AuthorizeParts): Promise<GatewayAnswer> {
  const match = resolveHttp(api, call.request.method, call.request.path)
  if (match === undefined) return refuse(call, 404, 'Not Found')
  const routed: Call = { ...call, context: { ...call.context, routeKey: match.route.key } }
  const { authorizer } = match.route
  if (authorizer === undefined) return integrate(routed, match, undefined, parts)

  const eventOf = authorizer.kind === 'http-1.0' ? httpAuthorizerEvent1 : httpAuthorizerEvent
  const event = (identity: readonly string[]) => eventOf(routed, match, identity)
  const authorization = await authorize(authorizer, routed, event, parts)
  if (authorization.outcome !== 'allowed') return refuseAuthorization(routed, authorization)
  return integrate(routed, match, authorizerOf(authorization.answer, match), parts)
}

/**
 * What the backend learns (facts A4). Payload 2.0: types are kept; without a context the member is null ([U]).
 * Payload 1.0: flat, beside `claims` and `scopes`, which are a JWT authorizer's and null in captures; that values are
 * texts, and that no `principalId` is added, is [U].
 */
function authorizerOf({ context }: AuthorizerAnswer, match: HttpMatch): object {
  if (match.route.integration.payload === '2.0') return { lambda: context ?? null }
  return { ...textContext(context), claims: null, scopes: null }
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
  const { integration } = match.route
  if (!parts.mayInvoke(integration, methodArn(call))) return refuse(call, 500, 'Internal Server Error')
  const { functionId, timeoutMs, alias } = integration
  const [eventOf, readAnswer] =
    integration.payload === '1.0'
      ? [httpProxyEvent1, readHttpProxyAnswer1]
      : [httpProxyEvent, readHttpProxyAnswer]
  const result = await parts.invoke(functionId, eventOf(call, match, authorizer), timeoutMs, alias)
  if (!result.ok && result.errorType === timedOut) return refuse(call, 503, 'Service Unavailable')
  const answer = result.ok ? readAnswer(result.value) : undefined
  if (answer === undefined) return refuse(call, 500, 'Internal Server Error')
  return { ...answer, headers: [...answer.headers, ['apigw-requestid', call.requestId]] }
}
