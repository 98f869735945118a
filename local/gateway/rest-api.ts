import { textContext } from './answer.ts'
import { type Authorization, type AuthorizeParts, authorize } from './authorize.ts'
import { gatewayAnswer, type RefusalType } from './gateway-responses.ts'
import { type GatewayAnswer, type RestApi, type RestIntegration, timedOut } from './model.ts'
import { readRestProxyAnswer } from './proxy-answer.ts'
import { type Call, headerValues, methodArn } from './request.ts'
import { requestEvent, restProxyEvent, tokenEvent } from './rest-events.ts'
import { type RestMatch, resolveRest } from './routes.ts'

/** One request to a REST API: route, authorizer, integration. */
export async function handleRest(api: RestApi, call: Call, parts: AuthorizeParts): Promise<GatewayAnswer> {
  const match = resolveRest(api, call.request.method, call.request.path)
  if (match === undefined) return refuse(api, call, 'MISSING_AUTHENTICATION_TOKEN')
  const routed: Call = { ...call, context: { ...call.context, resourcePath: match.resource.path } }
  const { authorizer, integration } = match.method
  if (authorizer === undefined) return integrate(api, routed, match, integration, undefined, parts)

  const event = (identity: readonly string[]) =>
    authorizer.kind === 'token' ? tokenEvent(routed, identity[0] ?? '') : requestEvent(routed, match)
  const authorization = await authorize(authorizer, routed, event, parts)
  if (authorization.outcome !== 'allowed') return refuseAuthorization(api, routed, authorization)
  const context = { ...textContext(authorization.answer.context), ...principal(authorization) }
  return integrate(api, routed, match, integration, context, parts)
}

function refuseAuthorization(api: RestApi, call: Call, authorization: Authorization): GatewayAnswer {
  switch (authorization.outcome) {
    case 'identity_missing':
    case 'unauthorized':
      return refuse(api, call, 'UNAUTHORIZED')
    case 'denied': {
      const context = textContext(authorization.answer.context)
      return refuse(
        api,
        call,
        'ACCESS_DENIED',
        { ...context, ...principalId(authorization) },
        authorization.explicit,
      )
    }
    case 'timed_out':
      return refuse(api, call, 'AUTHORIZER_FAILURE')
    default:
      return refuse(api, call, 'AUTHORIZER_CONFIGURATION_ERROR')
  }
}

function refuse(
  api: RestApi,
  call: Call,
  type: RefusalType,
  authorizer: Readonly<Record<string, string>> = {},
  explicitDeny = false,
): GatewayAnswer {
  const ofAuthorizer = Object.entries(authorizer).map(([name, value]) => [`authorizer.${name}`, value])
  const context = { ...call.context, ...Object.fromEntries(ofAuthorizer), requestId: call.requestId }
  return gatewayAnswer(type, api.gatewayResponses, context, explicitDeny)
}

async function integrate(
  api: RestApi,
  call: Call,
  match: RestMatch,
  integration: RestIntegration,
  authorizer: object | undefined,
  parts: AuthorizeParts,
): Promise<GatewayAnswer> {
  if (integration.type === 'mock') return mock(integration, call)
  if (!parts.mayInvoke(integration, methodArn(call))) return refuse(api, call, 'API_CONFIGURATION_ERROR')
  const event = restProxyEvent(call, match, authorizer)
  const { functionId, timeoutMs, alias } = integration
  const result = await parts.invoke(functionId, event, timeoutMs, alias)
  if (!result.ok && result.errorType === timedOut) return refuse(api, call, 'INTEGRATION_TIMEOUT')
  const answer = result.ok ? readRestProxyAnswer(result.value) : undefined
  if (answer === undefined) return { ...refuse(api, call, 'API_CONFIGURATION_ERROR'), status: 502 }
  return { ...answer, headers: [...answer.headers, ['x-amzn-requestid', call.requestId]] }
}

function mock(integration: RestIntegration & { type: 'mock' }, call: Call): GatewayAnswer {
  const origin = headerValues(call.request, 'origin').at(-1)
  const reflected = integration.reflectedOrigins.some(
    (pattern) => origin !== undefined && pattern.test(origin),
  )
  const allowOrigin = 'access-control-allow-origin'
  const headers = integration.headers.map(([name, value]): [string, string] =>
    reflected && name.toLowerCase() === allowOrigin ? [name, origin ?? value] : [name, value],
  )
  return { status: integration.status, headers, body: Buffer.alloc(0) }
}

/** Added beside the context, and over it: a context cannot name another principal (facts A4). */
function principal(authorization: Authorization & { outcome: 'allowed' }): object {
  return { ...principalId(authorization), integrationLatency: authorization.latencyMs }
}

function principalId(
  authorization: Authorization & { outcome: 'allowed' | 'denied' },
): Record<string, string> {
  const { answer } = authorization
  return answer.form === 'policy' && answer.principalId !== undefined
    ? { principalId: answer.principalId }
    : {}
}
