import type { GatewayAnswer, GatewayResponse } from './model.ts'
import { TemplateError } from './resources.ts'
import { type Part, record } from './template.ts'

/** What the gateway itself answers on a REST API, by type: status, `x-amzn-ErrorType`, message (facts A5). */
export const refusals = {
  UNAUTHORIZED: { status: 401, errorType: 'UnauthorizedException', message: 'Unauthorized' },
  ACCESS_DENIED: {
    status: 403,
    errorType: 'AccessDeniedException',
    message: 'User is not authorized to access this resource',
  },
  MISSING_AUTHENTICATION_TOKEN: {
    status: 403,
    errorType: 'MissingAuthenticationTokenException',
    message: 'Missing Authentication Token',
  },
  AUTHORIZER_FAILURE: { status: 500, errorType: 'AuthorizerFailureException', message: null },
  AUTHORIZER_CONFIGURATION_ERROR: {
    status: 500,
    errorType: 'AuthorizerConfigurationException',
    message: null,
  },
  INTEGRATION_FAILURE: {
    status: 504,
    errorType: 'InternalServerErrorException',
    message: 'Internal server error',
  },
  INTEGRATION_TIMEOUT: {
    status: 504,
    errorType: 'InternalServerErrorException',
    message: 'Endpoint request timed out',
  },
  API_CONFIGURATION_ERROR: {
    status: 500,
    errorType: 'InternalServerErrorException',
    message: 'Internal server error',
  },
  REQUEST_TOO_LARGE: { status: 413, errorType: 'RequestTooLargeException', message: 'Request Too Long' },
} as const

export type RefusalType = keyof typeof refusals

/** What `$context` holds when a gateway response is made; names without the `$context.`. */
export type ResponseContext = Readonly<Record<string, string>>

const fixedNames = new Set([
  'error.message',
  'error.messageString',
  'error.responseType',
  'requestId',
  'stage',
  'apiId',
  'httpMethod',
  'path',
  'resourcePath',
  'identity.sourceIp',
])

/** AWS::ApiGateway::GatewayResponse. Templates beyond plain `$context` values are refused, not approximated. */
export function readGatewayResponse(part: Part): GatewayResponse {
  const headers = Object.entries(record(part, 'ResponseParameters')).map(
    ([name, value]): [string, string] => {
      const quoted = /^'(.*)'$/s.exec(String(value))
      if (!name.startsWith('gatewayresponse.header.') || quoted === null)
        throw new TemplateError(
          part.logicalId,
          `${name} is not a header with a 'quoted' text; no other is emulated`,
        )
      return [name.slice('gatewayresponse.header.'.length), quoted[1] ?? '']
    },
  )
  const status = part.properties.StatusCode
  const template = record(part, 'ResponseTemplates')['application/json']
  if (template !== undefined) checkTemplate(String(template), part.logicalId)
  return {
    status: status === undefined ? undefined : Number(status),
    headers,
    template: template === undefined ? undefined : String(template),
  }
}

const contextValue = /\$context\.([A-Za-z0-9_.]*[A-Za-z0-9_])/g

function checkTemplate(template: string, logicalId: string): void {
  for (const [, name] of template.matchAll(contextValue))
    if (name !== undefined && !fixedNames.has(name) && !/^authorizer\.[^.]+$/.test(name))
      throw new TemplateError(logicalId, `$context.${name} is not emulated in a gateway response`)
  if (/#[a-z]|\$(?!context\.)/.test(template))
    throw new TemplateError(logicalId, 'the template uses more than $context values; only those are emulated')
}

/** The answer of a type, as the API's own gateway responses shape it, else its DEFAULT_4XX or DEFAULT_5XX. */
export function gatewayAnswer(
  type: RefusalType,
  responses: ReadonlyMap<string, GatewayResponse>,
  context: ResponseContext,
  explicitDeny = false,
): GatewayAnswer {
  const refusal = refusals[type]
  const custom = responses.get(type) ?? responses.get(refusal.status < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX')
  const message = explicitDeny ? `${refusal.message} with an explicit deny` : refusal.message
  const values: ResponseContext = {
    ...context,
    'error.message': message ?? '',
    'error.messageString': JSON.stringify(message),
    'error.responseType': type,
  }
  // The one body with a capital M (facts A5).
  const plain = JSON.stringify(type === 'ACCESS_DENIED' ? { Message: message } : { message })
  // A value that is not there leaves nothing behind, and values are pasted unescaped, as AWS does both.
  const body = custom?.template?.replace(contextValue, (_, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? '') : '',
  )
  return {
    status: custom?.status ?? refusal.status,
    headers: [
      ['content-type', 'application/json'],
      ['x-amzn-requestid', context.requestId ?? ''],
      ['x-amzn-errortype', refusal.errorType],
      ...(custom?.headers ?? []),
    ],
    body: Buffer.from(body ?? plain),
  }
}
