import type { APIGatewayProxyEvent, APIGatewayProxyEventV2WithLambdaAuthorizer } from 'aws-lambda'

type HttpEvent = APIGatewayProxyEventV2WithLambdaAuthorizer<Readonly<Record<string, unknown>> | null>
type Event = APIGatewayProxyEvent | HttpEvent
type Answer = { statusCode: number; headers: Record<string, string>; body: string }

/** Who calls, as the authorizer says; nothing here is read from the request itself. */
type Caller = { readonly subject: string; readonly roles: string; readonly decisionId: string }
type Order = { readonly id: string; readonly item: string }
type Request = { readonly method: string; readonly path: string; readonly body: string }

/** Orders live as long as the execution environment: enough for an example. */
const orders = new Map<string, Order>([
  ['1', { id: '1', item: 'lantern' }],
  ['2', { id: '2', item: 'rope' }],
])
let lastId = orders.size

/** The example's backend, for a REST API and for an HTTP API with payload 2.0. */
export async function handler(event: Event): Promise<Answer> {
  const request = requestOf(event)
  if (request.path === '/health') return answer(200, { status: 'ok' })
  const caller = callerOf(event)
  // A route that lost its authorizer must not answer: the second lock beside API Gateway's.
  if (caller === undefined) return answer(401, { message: 'this request went through no authorizer' })
  const [status, result] = route(request)
  return answer(status, { ...result, caller })
}

function requestOf(event: Event): Request {
  const text = event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString('utf8') : event.body
  if ('httpMethod' in event) return { method: event.httpMethod, path: event.path, body: text ?? '' }
  const { http, stage } = event.requestContext
  // A named stage stands in the path of an HTTP API, and "$default" does not.
  const path = http.path.startsWith(`/${stage}/`) ? http.path.slice(stage.length + 1) : http.path
  return { method: http.method, path, body: text ?? '' }
}

function callerOf(event: Event): Caller | undefined {
  const { authorizer } = event.requestContext
  const context: unknown = authorizer && 'lambda' in authorizer ? authorizer.lambda : authorizer
  if (typeof context !== 'object' || context === null) return undefined
  const { subject, roles, decisionId } = context as Partial<Record<string, unknown>>
  if (typeof subject !== 'string' || subject === '') return undefined
  return { subject, roles: String(roles ?? ''), decisionId: String(decisionId ?? '') }
}

function route({ method, path, body }: Request): [number, object] {
  const [collection, id, part] = path.split('/').slice(1)
  if (collection === 'admin') return [200, { admin: true }]
  if (collection === 'exports') return [200, { export: path.slice('/exports/'.length) }]
  if (collection !== 'orders') return [404, { message: 'there is no such thing here' }]
  if (id === undefined) return method === 'POST' ? create(body) : [200, { orders: [...orders.values()] }]
  const order = orders.get(id)
  if (order === undefined) return [404, { message: 'no such order' }]
  if (part === 'refunds') return [200, { order, refunds: [] }]
  if (method === 'PUT') return replace(id, body)
  if (method === 'DELETE') orders.delete(id)
  return [200, { order }]
}

function create(body: string): [number, object] {
  const [status, result] = replace(String(lastId + 1), body)
  if (status !== 200) return [status, result]
  lastId++
  return [201, result]
}

function replace(id: string, body: string): [number, object] {
  const item = itemOf(body)
  if (item === undefined) return [400, { message: 'the body is {"item": "some text"}' }]
  const order = { id, item }
  orders.set(id, order)
  return [200, { order }]
}

function itemOf(body: string): string | undefined {
  try {
    const { item } = JSON.parse(body)
    return typeof item === 'string' && item !== '' ? item : undefined
  } catch {
    return undefined
  }
}

function answer(statusCode: number, body: object): Answer {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}
