import type { GatewayRequest } from './model.ts'
import {
  type Call,
  domainName,
  group,
  headerValues,
  mapValues,
  methodArn,
  requestTime,
  userAgent,
} from './request.ts'
import type { HttpMatch, PathParameters } from './routes.ts'

/** HTTP API, payload 2.0 (facts A1). `identitySource` is `null` where none is configured. */
export function httpAuthorizerEvent(call: Call, match: HttpMatch, identitySource: readonly string[]): object {
  return {
    version: '2.0',
    type: 'REQUEST',
    routeArn: methodArn(call),
    identitySource: identitySource.length > 0 ? identitySource : null,
    ...fields(call, match),
    requestContext: context(call, match),
  }
}

export function httpProxyEvent(call: Call, match: HttpMatch, authorizer: object | undefined): object {
  return {
    version: '2.0',
    ...fields(call, match),
    requestContext: { ...context(call, match), ...(authorizer && { authorizer }) },
    ...bodyOf(call.request),
  }
}

/** Base64 for what its content type does not call text; no `body` for none. */
export function bodyOf(request: GatewayRequest): { body?: string; isBase64Encoded: boolean } {
  if (request.body.length === 0) return { isBase64Encoded: false }
  const text = isText(headerValues(request, 'content-type').at(-1) ?? '')
  return { body: Buffer.from(request.body).toString(text ? 'utf8' : 'base64'), isBase64Encoded: !text }
}

/** Maps that would be empty are absent (facts A1, captures). */
function fields(call: Call, match: HttpMatch): object {
  const { request } = call
  // Names in lower case and several values joined by a comma, as in real captures.
  const headers = group(request.headers.map(([name, value]) => [name.toLowerCase(), value]))
  const query = group(new URLSearchParams(request.query))
  const cookies = (headers.cookie ?? []).flatMap((value) => value.split(/; */)).filter((each) => each !== '')
  return {
    routeKey: match.route.key,
    rawPath: rawPath(call),
    rawQueryString: request.query,
    ...(cookies.length > 0 && { cookies }),
    headers: mapValues(headers, (values) => values.join(',')),
    ...present(
      'queryStringParameters',
      mapValues(query, (values) => values.join(',')),
    ),
    ...present('pathParameters', decodedParameters(match)),
    ...present('stageVariables', call.stageVariables),
  }
}

function context(call: Call, match: HttpMatch): object {
  const { request } = call
  return {
    accountId: call.accountId,
    apiId: request.apiId,
    domainName: domainName(call),
    domainPrefix: request.apiId,
    http: {
      method: request.method,
      path: rawPath(call),
      protocol: 'HTTP/1.1',
      sourceIp: request.sourceIp,
      userAgent: userAgent(request),
    },
    requestId: call.requestId,
    routeKey: match.route.key,
    stage: request.stage,
    time: requestTime(call.nowMs),
    timeEpoch: call.nowMs,
  }
}

/** A named stage stands in the path, while the ARN has it as its stage segment only (facts A1). */
export function rawPath(call: Call): string {
  const { stage, path } = call.request
  return stage === '$default' ? path : `/${stage}${path}`
}

function present(name: string, map: object): object {
  return Object.keys(map).length > 0 ? { [name]: map } : {}
}

/** HTTP APIs decode path parameters (facts A2); one that cannot be decoded stays as it is. */
export function decodedParameters(match: HttpMatch): PathParameters {
  return mapValues(match.parameters, decode)
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

function isText(contentType: string): boolean {
  return (
    contentType === '' ||
    /^(?:text\/|application\/(?:[a-z.+-]*json|xml|javascript|x-www-form-urlencoded))/i.test(contentType)
  )
}
