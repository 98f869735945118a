import { type Call, domainName, group, mapValues, methodArn, requestTime, userAgent } from './request.ts'
import type { RestMatch } from './routes.ts'

/** REST TOKEN: these three keys and no other (facts A1). */
export function tokenEvent(call: Call, authorizationToken: string): object {
  return { type: 'TOKEN', methodArn: methodArn(call), authorizationToken }
}

/** REST REQUEST (facts A1). Header names keep the client's case; `headers` has the last of several values. */
export function requestEvent(call: Call, match: RestMatch): object {
  return {
    type: 'REQUEST',
    methodArn: methodArn(call),
    ...requestFields(call, match),
    requestContext: context(call, match),
  }
}

/** What a proxied function gets. Maps that are empty are `null` here, unlike in the authorizer's event. */
export function restProxyEvent(call: Call, match: RestMatch, authorizer: object | undefined): object {
  const fields = requestFields(call, match)
  const orNull = (map: object) => (Object.keys(map).length > 0 ? map : null)
  return {
    ...fields,
    queryStringParameters: orNull(fields.queryStringParameters),
    multiValueQueryStringParameters: orNull(fields.multiValueQueryStringParameters),
    pathParameters: orNull(fields.pathParameters),
    stageVariables: orNull(fields.stageVariables),
    requestContext: { ...context(call, match), ...(authorizer && { authorizer }) },
    body: call.request.body.length > 0 ? Buffer.from(call.request.body).toString('utf8') : null,
    isBase64Encoded: false,
  }
}

function requestFields(call: Call, match: RestMatch) {
  const { request } = call
  const headers = group(request.headers)
  const query = group(new URLSearchParams(request.query))
  return {
    resource: match.resource.path,
    path: request.path,
    httpMethod: request.method,
    headers: mapValues(headers, (values) => values.at(-1)),
    multiValueHeaders: { ...headers },
    queryStringParameters: mapValues(query, (values) => values.at(-1)),
    multiValueQueryStringParameters: { ...query },
    pathParameters: match.parameters,
    stageVariables: call.stageVariables,
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
    identity: {
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
    },
    domainName: domainName(call),
    apiId: request.apiId,
  }
}
