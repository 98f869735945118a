import type { GatewayRequest } from './model.ts'
import { type Call, domainName, group, mapValues, methodArn, requestTime, userAgent } from './request.ts'
import type { PathParameters, RestMatch } from './routes.ts'

/** REST TOKEN: these three keys and no other (facts A1). */
export function tokenEvent(call: Call, authorizationToken: string): object {
  return { type: 'TOKEN', methodArn: methodArn(call), authorizationToken }
}

/** REST REQUEST (facts A1). Header names keep the client's case; `headers` has the last of several values. */
export function requestEvent(call: Call, match: RestMatch): object {
  return {
    type: 'REQUEST',
    methodArn: methodArn(call),
    ...fieldsOf(call, match),
    requestContext: context(call, match),
  }
}

/** What a proxied function gets. Maps that are empty are `null` here, unlike in the authorizer's event. */
export function restProxyEvent(call: Call, match: RestMatch, authorizer: object | undefined): object {
  return {
    ...emptyAsNull(fieldsOf(call, match)),
    requestContext: { ...context(call, match), ...(authorizer && { authorizer }) },
    body: call.request.body.length > 0 ? Buffer.from(call.request.body).toString('utf8') : null,
    isBase64Encoded: false,
  }
}

function fieldsOf(call: Call, match: RestMatch): RequestFields {
  return requestFields(call, match.resource.path, call.request.path, match.parameters)
}

export type RequestFields = ReturnType<typeof requestFields>

/** What of a request REST and the payload format 1.0 of HTTP APIs give alike. */
export function requestFields(call: Call, resource: string, path: string, parameters: PathParameters) {
  const { request } = call
  const headers = group(request.headers)
  const query = group(new URLSearchParams(request.query))
  return {
    resource,
    path,
    httpMethod: request.method,
    headers: mapValues(headers, (values) => values.at(-1)),
    multiValueHeaders: { ...headers },
    queryStringParameters: mapValues(query, (values) => values.at(-1)),
    multiValueQueryStringParameters: { ...query },
    pathParameters: parameters,
    stageVariables: call.stageVariables,
  }
}

export function emptyAsNull(fields: RequestFields): object {
  const orNull = (map: object) => (Object.keys(map).length > 0 ? map : null)
  return {
    ...fields,
    queryStringParameters: orNull(fields.queryStringParameters),
    multiValueQueryStringParameters: orNull(fields.multiValueQueryStringParameters),
    pathParameters: orNull(fields.pathParameters),
    stageVariables: orNull(fields.stageVariables),
  }
}

function context(call: Call, match: RestMatch): object {
  const { request } = call
  return {
    resourceId: match.resource.id,
    resourcePath: match.resource.path,
    httpMethod: request.method,
    extendedRequestId: call.requestId,
    requestTime: requestTime(call.nowMs),
    path: `/${request.stage}${request.path}`,
    accountId: call.accountId,
    protocol: 'HTTP/1.1',
    stage: request.stage,
    domainPrefix: request.apiId,
    requestTimeEpoch: call.nowMs,
    requestId: call.requestId,
    identity: identity(request),
    domainName: domainName(call),
    apiId: request.apiId,
  }
}

export function identity(request: GatewayRequest): object {
  return {
    cognitoIdentityPoolId: null,
    accountId: null,
    cognitoIdentityId: null,
    caller: null,
    sourceIp: request.sourceIp,
    principalOrgId: null,
    accessKey: null,
    cognitoAuthenticationType: null,
    cognitoAuthenticationProvider: null,
    userArn: null,
    userAgent: userAgent(request),
    user: null,
  }
}
