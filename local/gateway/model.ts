/** What the template says, with nothing of CloudFormation left in it. */
export type Api = RestApi | HttpApi | WebSocketApi

export type RestApi = {
  readonly type: 'rest'
  readonly logicalId: string
  readonly name: string
  readonly apiId: string
  readonly stage: string
  readonly stageVariables: StageVariables
  readonly root: RestResource
  readonly gatewayResponses: ReadonlyMap<string, GatewayResponse>
}

export type HttpApi = {
  readonly type: 'http'
  readonly logicalId: string
  readonly name: string
  readonly apiId: string
  readonly stage: string
  readonly stageVariables: StageVariables
  readonly routes: readonly HttpRoute[]
}

export type WebSocketApi = {
  readonly type: 'websocket'
  readonly logicalId: string
  readonly name: string
  readonly apiId: string
  readonly stage: string
  readonly stageVariables: StageVariables
  /** The members that lead to a message's route key: `['action']` for `$request.body.action`. */
  readonly selection: readonly string[]
  readonly routes: ReadonlyMap<string, WebSocketRoute>
}

export type StageVariables = Readonly<Record<string, string>>

export type RestResource = {
  readonly id: string
  /** The template of the path, `/orders/{id}`. */
  readonly path: string
  readonly part: string
  readonly children: readonly RestResource[]
  /** By method, or ANY. */
  readonly methods: ReadonlyMap<string, RestMethod>
}

export type RestMethod = {
  readonly authorizer: Authorizer | undefined
  readonly integration: RestIntegration
}

export type RestIntegration =
  | ({ readonly type: 'function' } & FunctionIntegration)
  | {
      readonly type: 'mock'
      readonly status: number
      readonly headers: readonly (readonly [string, string])[]
      readonly reflectedOrigins: readonly RegExp[]
    }

/** A function by its logical id, and the alias it is invoked by, if it is by one. */
export type FunctionReference = { readonly functionId: string; readonly alias?: string }

export type FunctionIntegration = FunctionReference & { readonly timeoutMs: number }

export type PayloadFormat = '1.0' | '2.0'

export type HttpRoute = {
  readonly key: string
  /** A method, or ANY. */
  readonly method: string
  /** The segments of its path; `undefined` for `$default`. */
  readonly segments: readonly string[] | undefined
  readonly authorizer: Authorizer | undefined
  readonly integration: FunctionIntegration & { readonly payload: PayloadFormat }
}

export type WebSocketRoute = {
  readonly key: string
  /** Of `$connect` alone. */
  readonly authorizer: Authorizer | undefined
  /** `$connect` and `$disconnect` may do without. */
  readonly integration: FunctionIntegration | undefined
}

export type Authorizer = FunctionReference & {
  readonly id: string
  readonly logicalId: string
  readonly kind: 'token' | 'request' | 'http-1.0' | 'http-2.0' | 'websocket'
  readonly form: 'policy' | 'simple'
  readonly sources: readonly IdentitySource[]
  readonly cacheSeconds: number
  readonly timeoutMs: number
  /** TOKEN only: what the whole header value must match before the function is asked. */
  readonly validation: RegExp | undefined
}

export type IdentitySource = {
  readonly from: 'header' | 'query' | 'stageVariable' | 'context'
  readonly name: string
}

export type GatewayResponse = {
  readonly status: number | undefined
  readonly headers: readonly (readonly [string, string])[]
  readonly template: string | undefined
}

/** One request as it came over the wire: nothing decoded, header names and order kept. */
export type GatewayRequest = {
  readonly apiId: string
  readonly stage: string
  readonly method: string
  /** Begins with `/`; no stage, no query. */
  readonly path: string
  /** Without `?`. */
  readonly query: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Uint8Array
  readonly sourceIp: string
}

export type GatewayAnswer = {
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Uint8Array
}

/** What calling a function came to. A timeout is an error of type `Sandbox.Timedout`, as Lambda names it. */
export type InvokeResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly errorType: string; readonly errorMessage: string }

export type Invoke = (
  functionLogicalId: string,
  event: unknown,
  timeoutMs: number,
  alias?: string,
) => Promise<InvokeResult>

export const timedOut = 'Sandbox.Timedout'
