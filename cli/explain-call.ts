import { type Call, readEvent } from '../functions/authorizer/event.ts'
import type { Access } from '../shared/access/access.ts'
import { appOf } from '../shared/access/app-of.ts'
import type { Request } from '../shared/access/decide.ts'
import { PosternError } from '../shared/error.ts'
import { type MethodArn, parseConnectArn, parseMethodArn } from '../shared/gateway/arn.ts'

/** What is explained: a token on a request, or the event of a call, by the alias of the function's invocation. */
export type Asked =
  | { readonly token: string; readonly request: Request }
  | { readonly event: unknown; readonly alias?: string | undefined }

/** A made-up API: its name stands in the policy, and nothing is decided by it. */
const prefix = 'arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/explain'

/** The request as API Gateway's ARN has it, or `undefined` for one that it would not pass on. */
export function requestArn({ method, path, api }: Request): MethodArn | undefined {
  return api === 'websocket'
    ? parseConnectArn(`${prefix}/${path}`)
    : parseMethodArn(`${prefix}/${method}${path}`)
}

/** The call as the authorizer would read it. Throws a PosternError for an event that it would not read. */
export function callOf(access: Access, asked: Asked): Call {
  if ('event' in asked) return readEvent(asked.event, access, asked.alias)
  const { token, request } = asked
  const app = appOf(access, request)
  if (app === undefined) throw new PosternError('app_unknown', 'the request is for no app of the manifest')
  const common = { app, values: [token], requestId: undefined, sourceIp: undefined }
  const { api } = request
  if (api === 'appsync') return { ...common, api, apiId: 'a1b2c3d4e5' }
  const arn = requestArn(request)
  if (arn === undefined)
    throw new PosternError('event_invalid', 'API Gateway would not pass such a request on')
  return { ...common, api, arn, simple: api === 'http' && app.response === 'simple', routed: undefined }
}

/** The request of a call; of AppSync's it is whether any field is granted. */
export function requestOf(call: Call): Request {
  if (call.api === 'appsync') return { api: 'appsync', method: '', path: '' }
  const { method, path } = call.arn
  return { api: call.api, method, path, simple: call.simple }
}
