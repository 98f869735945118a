import { randomUUID } from 'node:crypto'
import { createAnswerCache } from './cache.ts'
import { handleHttp } from './http-api.ts'
import { readHttpApis } from './http-template.ts'
import type { Api, GatewayAnswer, GatewayRequest, Invoke } from './model.ts'
import { readPermissions } from './permissions.ts'
import { type Call, methodArn } from './request.ts'
import { handleRest } from './rest-api.ts'
import { readRestApis } from './rest-template.ts'
import { readTemplate } from './template.ts'
import { type Connection, openConnection } from './websocket-api.ts'
import { readWebSocketApis } from './websocket-template.ts'

export type GatewayOptions = {
  /** A packaged CloudFormation template, parsed. */
  readonly template: unknown
  readonly invoke: Invoke
  /** The clock of the authorizer cache. Default: the system's. */
  readonly nowMs?: () => number
  readonly region?: string
  readonly accountId?: string
}

export type Gateway = {
  readonly apis: readonly ApiSummary[]
  readonly handle: (request: GatewayRequest) => Promise<GatewayAnswer>
  /** The handshake of a WebSocket API: the connection, or the answer that refuses it. */
  readonly connect: (request: GatewayRequest) => Promise<GatewayAnswer | Connection>
  /** FlushStageAuthorizersCache and ResetAuthorizersCache; without an id, of every API. */
  readonly flushAuthorizerCache: (apiId?: string) => void
}

export type ApiSummary = Pick<Api, 'logicalId' | 'name' | 'apiId' | 'type' | 'stage'>

/** Facts A7: request line aside, what the headers may come to; and the ARN of the authorized method. */
const maxHeaderBytes = 10_240
const maxMethodArnBytes = 1600

/** API Gateway as the template says. Throws a TemplateError for what it cannot emulate. */
export function createGateway(options: GatewayOptions): Gateway {
  const { region = 'eu-west-1', accountId = '123456789012', nowMs = Date.now } = options
  const template = readTemplate(options.template, { region, accountId })
  const apis: readonly Api[] = [
    ...readRestApis(template),
    ...readHttpApis(template),
    ...readWebSocketApis(template),
  ]
  const cache = createAnswerCache()
  const parts = { invoke: options.invoke, cache, mayInvoke: readPermissions(template), nowMs }

  const apiOf = ({ apiId, stage }: GatewayRequest) =>
    apis.find((each) => each.apiId === apiId && each.stage === stage)
  const callOf = (request: GatewayRequest, { stageVariables }: Api): Call => ({
    request,
    requestId: randomUUID(),
    nowMs: nowMs(),
    region,
    accountId,
    stageVariables,
    context: contextOf(request),
  })

  async function handle(request: GatewayRequest): Promise<GatewayAnswer> {
    const api = apiOf(request)
    if (api === undefined) return refuse(403, 'Forbidden')
    // [U].
    if (api.type === 'websocket') return refuse(426, 'Upgrade Required')
    const call = callOf(request, api)
    if (headerBytes(request) > maxHeaderBytes) return refuse(431, 'Request Header Fields Too Large')
    if (Buffer.byteLength(methodArn(call)) > maxMethodArnBytes) return refuse(414, 'Request-URI Too Long')
    return api.type === 'rest' ? handleRest(api, call, parts) : handleHttp(api, call, parts)
  }

  async function connect(request: GatewayRequest): Promise<GatewayAnswer | Connection> {
    const api = apiOf(request)
    if (api?.type !== 'websocket' || request.path !== '/') return refuse(403, 'Forbidden')
    if (headerBytes(request) > maxHeaderBytes) return refuse(431, 'Request Header Fields Too Large')
    return openConnection(api, callOf(request, api), parts)
  }

  return {
    apis: apis.map(({ logicalId, name, apiId, type, stage }) => ({ logicalId, name, apiId, type, stage })),
    handle,
    connect,
    flushAuthorizerCache: cache.flush,
  }
}

function contextOf(request: GatewayRequest): Readonly<Record<string, string>> {
  const { method, path, stage, apiId, sourceIp } = request
  return { httpMethod: method, path: `/${stage}${path}`, stage, apiId, 'identity.sourceIp': sourceIp }
}

function headerBytes(request: GatewayRequest): number {
  // Name, colon and space, value, line end.
  return request.headers.reduce((sum, [name, value]) => sum + Buffer.byteLength(name + value) + 4, 0)
}

function refuse(status: number, message: string): GatewayAnswer {
  return {
    status,
    headers: [['content-type', 'application/json']],
    body: Buffer.from(JSON.stringify({ message })),
  }
}
