import { bodyOf, decodedParameters, rawPath } from './http-events.ts'
import { type Call, domainName, methodArn, requestTime } from './request.ts'
import { emptyAsNull, identity, type RequestFields, requestFields } from './rest-events.ts'
import type { HttpMatch } from './routes.ts'

/**
 * HTTP API, authorizer payload 1.0 (facts A1). [U]: `null` where no identity source is configured, and what `path`
 * holds under a named stage; here it is what captures of backend events have.
 */
export function httpAuthorizerEvent1(
  call: Call,
  match: HttpMatch,
  identitySource: readonly string[],
): object {
  const joined = identitySource.length > 0 ? identitySource.join(',') : null
  return {
    version: '1.0',
    type: 'REQUEST',
    methodArn: methodArn(call),
    identitySource: joined,
    authorizationToken: joined,
    ...fields(call, match),
    requestContext: context(call, match),
  }
}

/** What a function gets behind an integration with payload 1.0. */
export function httpProxyEvent1(call: Call, match: HttpMatch, authorizer: object | undefined): object {
  return {
    version: '1.0',
    ...emptyAsNull(fields(call, match)),
    requestContext: { ...context(call, match), ...(authorizer && { authorizer }) },
    body: null,
    ...bodyOf(call.request),
  }
}

/** The path has a named stage, as captures of backend events show. Header names keep the client's case ([U]). */
function fields(call: Call, match: HttpMatch): RequestFields {
  return requestFields(call, routePath(match), rawPath(call), decodedParameters(match))
}

function context(call: Call, match: HttpMatch): object {
  const { request } = call
  return {
    accountId: call.accountId,
    apiId: request.apiId,
    domainName: domainName(call),
    domainPrefix: request.apiId,
    extendedRequestId: call.requestId,
    httpMethod: request.method,
    identity: { ...identity(request), cognitoAmr: null },
    path: rawPath(call),
    protocol: 'HTTP/1.1',
    requestId: call.requestId,
    requestTime: requestTime(call.nowMs),
    requestTimeEpoch: call.nowMs,
    resourceId: match.route.key,
    resourcePath: routePath(match),
    stage: request.stage,
  }
}

/** `/pets/{id}` of `GET /pets/{id}`; `$default` is its own. */
function routePath(match: HttpMatch): string {
  const { key } = match.route
  return key.slice(key.indexOf(' ') + 1)
}
