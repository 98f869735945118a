import { randomBytes, randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import { textContext } from './answer.ts'
import { type Authorization, type AuthorizeParts, authorize } from './authorize.ts'
import { type FunctionIntegration, type GatewayAnswer, timedOut, type WebSocketApi } from './model.ts'
import { readWebSocketAnswer, type WebSocketAnswer } from './proxy-answer.ts'
import { type Call, methodArn } from './request.ts'
import {
  type ConnectionFacts,
  connectAuthorizerEvent,
  connectEvent,
  disconnectEvent,
  messageEvent,
} from './websocket-events.ts'
import { messageRouteKey } from './websocket-routes.ts'

/**
 * An open connection. Unlike on AWS, whatever text a route's function returns is sent back, RouteResponse or not, and
 * there is no `@connections` API by which a function could send of its own accord.
 */
export type Connection = {
  readonly id: string
  /** The Sec-WebSocket-Protocol of what `$connect` answered. */
  readonly subprotocol: string | undefined
  /** Takes a text message to its route; what comes back is for the client. */
  readonly receive: (message: string) => Promise<string | undefined>
  /** Tells `$disconnect`, whose answer is for nobody. */
  readonly disconnect: (statusCode: number, reason: string) => Promise<void>
}

/** A handshake: authorizer, then `$connect`, then the connection; else the answer that refuses it. */
export async function openConnection(
  api: WebSocketApi,
  call: Call,
  parts: AuthorizeParts,
): Promise<GatewayAnswer | Connection> {
  const handshake = onRoute('$connect', call, parts)
  const facts = { id: connectionId(), connectedAtMs: handshake.nowMs }
  const { authorizer, integration } = api.routes.get('$connect') ?? {}
  let context: object | undefined
  if (authorizer !== undefined) {
    const event = () => connectAuthorizerEvent(handshake, facts)
    const authorization = await authorize(authorizer, handshake, event, parts)
    if (authorization.outcome !== 'allowed') return refuse(refusalStatus(authorization))
    context = contextOf(authorization)
  }
  let subprotocol: string | undefined
  if (integration !== undefined) {
    const answer = await integrate(integration, handshake, connectEvent(handshake, facts, context), parts)
    if (typeof answer === 'number') return refuse(answer)
    // The body of such an answer is not handed on: whether AWS does is [U].
    if (answer.status >= 400) return refuse(answer.status)
    subprotocol = answer.headers.find(([name]) => name.toLowerCase() === 'sec-websocket-protocol')?.[1]
  }
  return {
    id: facts.id,
    subprotocol,
    receive: (message) => receive(api, call, facts, context, message, parts),
    disconnect: async (disconnectStatusCode, disconnectReason) => {
      const end = api.routes.get('$disconnect')?.integration
      if (end === undefined) return
      const ending = onRoute('$disconnect', call, parts)
      const event = disconnectEvent(ending, facts, context, { disconnectStatusCode, disconnectReason })
      await integrate(end, ending, event, parts)
    },
  }
}

async function receive(
  api: WebSocketApi,
  call: Call,
  facts: ConnectionFacts,
  context: object | undefined,
  message: string,
  parts: AuthorizeParts,
): Promise<string | undefined> {
  const key = messageRouteKey(api, message)
  const routed = onRoute(key, call, parts)
  const problem = (text: string) =>
    JSON.stringify({ message: text, connectionId: facts.id, requestId: routed.requestId })
  const integration = api.routes.get(key)?.integration
  if (integration === undefined) return problem('Forbidden')
  const answer = await integrate(integration, routed, messageEvent(routed, facts, context, message), parts)
  if (typeof answer === 'number') return problem('Internal server error')
  return answer.text === '' ? undefined : answer.text
}

/** The answer of a route's function, or the status that its lack comes to at a handshake ([R] 502, [U] 504). */
async function integrate(
  integration: FunctionIntegration,
  call: Call,
  event: object,
  parts: AuthorizeParts,
): Promise<WebSocketAnswer | number> {
  if (!parts.mayInvoke(integration, methodArn(call))) return 500
  const { functionId, timeoutMs, alias } = integration
  const result = await parts.invoke(functionId, event, timeoutMs, alias)
  if (!result.ok) return result.errorType === timedOut ? 504 : 502
  return readWebSocketAnswer(result.value) ?? 502
}

/** The key of the route stands where REST has method and path: in the ARN, and so in the source of an invocation. */
function onRoute(key: string, call: Call, parts: AuthorizeParts): Call {
  const request = { ...call.request, method: key, path: '' }
  return { ...call, request, requestId: randomUUID(), nowMs: parts.nowMs() }
}

/** Facts A5. */
function refusalStatus({ outcome }: Authorization): number {
  if (outcome === 'identity_missing' || outcome === 'unauthorized') return 401
  return outcome === 'denied' ? 403 : 500
}

function refuse(status: number): GatewayAnswer {
  return {
    status,
    headers: [['content-type', 'application/json']],
    body: Buffer.from(JSON.stringify({ message: STATUS_CODES[status] ?? 'Refused' })),
  }
}

/** As on REST: texts, and the principal over whatever the context calls by its name (facts A4). */
function contextOf({ answer }: Authorization & { outcome: 'allowed' }): object {
  const principalId = answer.form === 'policy' ? answer.principalId : undefined
  return { ...textContext(answer.context), principalId }
}

/** Sixteen characters with an `=` at the end, as AWS has them. */
function connectionId(): string {
  return `${randomBytes(11).toString('base64url')}=`
}
