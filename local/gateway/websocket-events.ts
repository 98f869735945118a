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

/** What stays the same over all events of one connection. */
export type ConnectionFacts = { readonly id: string; readonly connectedAtMs: number }

/** The authorizer's event at the handshake (facts A1): no path, httpMethod or pathParameters. */
export function connectAuthorizerEvent(call: Call, facts: ConnectionFacts): object {
  const { headers, multiValueHeaders, query, multiValueQuery } = maps(call)
  return {
    type: 'REQUEST',
    methodArn: methodArn(call),
    headers,
    multiValueHeaders,
    queryStringParameters: query,
    multiValueQueryStringParameters: multiValueQuery,
    stageVariables: call.stageVariables,
    requestContext: context(call, facts, 'CONNECT'),
  }
}

/** What the function behind `$connect` gets. Maps that would be empty are absent, as in captures. */
export function connectEvent(call: Call, facts: ConnectionFacts, authorizer: object | undefined): object {
  const { headers, multiValueHeaders, query, multiValueQuery } = maps(call)
  return {
    headers,
    multiValueHeaders,
    ...(Object.keys(query).length > 0 && {
      queryStringParameters: query,
      multiValueQueryStringParameters: multiValueQuery,
    }),
    ...stageVariables(call),
    requestContext: { ...context(call, facts, 'CONNECT'), ...(authorizer && { authorizer }) },
    isBase64Encoded: false,
  }
}

export function messageEvent(
  call: Call,
  facts: ConnectionFacts,
  authorizer: object | undefined,
  body: string,
): object {
  return {
    ...stageVariables(call),
    requestContext: {
      ...context(call, facts, 'MESSAGE'),
      messageId: call.requestId,
      ...(authorizer && { authorizer }),
    },
    body,
    isBase64Encoded: false,
  }
}

export function disconnectEvent(
  call: Call,
  facts: ConnectionFacts,
  authorizer: object | undefined,
  closed: { readonly disconnectStatusCode: number; readonly disconnectReason: string },
): object {
  // These four and no other in captures, all but the first empty.
  const headers = {
    Host: headerValues(call.request, 'host').at(-1) ?? '',
    'x-api-key': '',
    'X-Forwarded-For': '',
    'x-restapi': '',
  }
  return {
    headers,
    multiValueHeaders: mapValues(headers, (value) => [value]),
    ...stageVariables(call),
    requestContext: {
      ...context(call, facts, 'DISCONNECT'),
      ...closed,
      ...(authorizer && { authorizer }),
    },
    isBase64Encoded: false,
  }
}

function maps(call: Call) {
  const headers = group(call.request.headers)
  const query = group(new URLSearchParams(call.request.query))
  return {
    headers: mapValues(headers, (values) => values.at(-1)),
    multiValueHeaders: { ...headers },
    query: mapValues(query, (values) => values.at(-1)),
    multiValueQuery: { ...query },
  }
}

function stageVariables(call: Call): object {
  return Object.keys(call.stageVariables).length > 0 ? { stageVariables: call.stageVariables } : {}
}

function context(
  call: Call,
  facts: ConnectionFacts,
  eventType: 'CONNECT' | 'MESSAGE' | 'DISCONNECT',
): object {
  const { request } = call
  const agent = userAgent(request)
  return {
    routeKey: request.method,
    eventType,
    extendedRequestId: call.requestId,
    requestTime: requestTime(call.nowMs),
    messageDirection: 'IN',
    stage: request.stage,
    connectedAt: facts.connectedAtMs,
    requestTimeEpoch: call.nowMs,
    identity: { sourceIp: request.sourceIp, ...(agent !== '' && { userAgent: agent }) },
    requestId: call.requestId,
    domainName: domainName(call),
    connectionId: facts.id,
    apiId: request.apiId,
  }
}
