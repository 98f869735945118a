import { afterEach, describe, expect, it } from 'vitest'
import { allow, bearer, type Event, type Stand, send } from './contract/stand.ts'
import { echo } from './contract/suite.ts'
import {
  httpAuthorizer,
  httpAuthorizer1,
  httpTemplate,
  requestAuthorizer,
  restTemplate,
  tokenAuthorizer,
} from './contract/templates.ts'
import { calls, connected } from './contract/websocket-client.ts'
import { webSocketTemplate } from './contract/websocket-template.ts'
import { corpus } from './corpus.ts'
import { startLocalGateway } from './local-stand.ts'

let stand: Stand | undefined
afterEach(() => stand?.close())

const keys = (value: object) => Object.keys(value).sort()
const authorizers = { A: requestAuthorizer, T: tokenAuthorizer }
const functions = { Authorize: () => allow('*', { a: '1' }), Backend: echo }
const sent = { headers: [...(bearer.headers ?? []), ['Cookie', 'a=1']] as [string, string][] }

async function restEvents(authorizer: string): Promise<{ authorize: Event; backend: Event }> {
  stand = await startLocalGateway(
    restTemplate({ routes: [{ route: 'GET /a/{b}', authorizer }], authorizers }),
    functions,
  )
  const { json } = await send(stand.url('Rest'), '/a/1?q=1', sent)
  return { authorize: stand.calls('Authorize')[0], backend: json }
}

async function httpEvents(payload = '2.0'): Promise<{ authorize: Event; backend: Event }> {
  const template = httpTemplate({
    routes: [{ route: 'POST /a/{b}', authorizer: 'H' }],
    authorizers: { H: payload === '1.0' ? httpAuthorizer1 : httpAuthorizer },
    stageVariables: { a: 'b' },
    payload,
  })
  stand = await startLocalGateway(template, functions)
  const { json } = await send(stand.url('Http'), '/a/1?q=1', { ...sent, method: 'POST', body: 'text' })
  return { authorize: stand.calls('Authorize')[0], backend: json }
}

async function webSocketEvents(): Promise<readonly Event[]> {
  stand = await startLocalGateway(webSocketTemplate({ authorizer: null }), functions)
  const client = await connected(stand.url('Ws'), { headers: { 'User-Agent': 'probe' } })
  client.send('{}')
  await client.next()
  client.close()
  return calls(stand, 'Backend', 3)
}

/** Captures of real events: those of two vendors, recorded by neither of us. */
describe('events have the members of recorded ones', () => {
  const tokens = [
    'aws-lambda-go-events/apigw-custom-auth-request.json',
    'powertools-python-events/apiGatewayAuthorizerTokenEvent.json',
  ]
  for (const file of tokens) {
    const recorded = corpus<Event>(file)
    it.skipIf(recorded === undefined)(`REST TOKEN as in ${file}`, async () => {
      expect(keys((await restEvents('T')).authorize)).toEqual(keys(recorded))
    })
  }

  const request = corpus<Event>('aws-lambda-go-events/apigw-custom-auth-request-type-request.json')
  it.skipIf(request === undefined)('REST REQUEST as in aws-lambda-go-events', async () => {
    const { authorize } = await restEvents('A')
    expect(keys(authorize)).toEqual(keys(request))
    expect(keys(authorize.requestContext)).toEqual(expect.arrayContaining(keys(request.requestContext)))
  })

  for (const file of [
    'aws-lambda-go-events/apigw-v2-custom-authorizer-v2-request.json',
    'powertools-python-events/apiGatewayAuthorizerV2Event.json',
  ]) {
    const recorded = corpus<Event>(file)
    it.skipIf(recorded === undefined)(`HTTP API 2.0 as in ${file}`, async () => {
      const { authorize } = await httpEvents()
      expect(keys(authorize)).toEqual(keys(recorded))
      // `authentication` is there with a client certificate alone.
      const { authentication: _, ...context } = recorded.requestContext
      expect(keys(authorize.requestContext)).toEqual(keys(context))
      expect(keys(authorize.requestContext.http)).toEqual(keys(recorded.requestContext.http))
    })
  }

  const lambdaAuthorizer = corpus<Event>('aws-lambda-go-events/apigw-v2-request-lambda-authorizer.json')
  it.skipIf(lambdaAuthorizer === undefined)('an HTTP backend behind a Lambda authorizer', async () => {
    const { backend } = await httpEvents()
    const { authentication: _, ...context } = lambdaAuthorizer.requestContext
    expect(keys(backend.requestContext)).toEqual(keys(context))
    expect(keys(backend.requestContext.authorizer)).toEqual(keys(lambdaAuthorizer.requestContext.authorizer))
  })

  const proxy = corpus<Event>('powertools-python-events/apiGatewayProxyEvent.json')
  it.skipIf(proxy === undefined)('a REST backend', async () => {
    const { backend } = await restEvents('A')
    // The recording also carries `version`, which is of the format 1.0 of HTTP APIs.
    expect([...keys(backend), 'version'].sort()).toEqual(keys(proxy))
  })

  const http1 = corpus<Event>('aws-lambda-go-events/apigw-v2-custom-authorizer-v1-request.json')
  it.skipIf(http1 === undefined)('HTTP API 1.0 as in aws-lambda-go-events', async () => {
    const { authorize } = await httpEvents('1.0')
    // The recording is of the documentation, which leaves the maps of several values out.
    const more = ['multiValueHeaders', 'multiValueQueryStringParameters']
    expect(keys(authorize)).toEqual([...keys(http1), ...more].sort())
    expect(keys(authorize.requestContext)).toEqual(expect.arrayContaining(keys(http1.requestContext)))
  })

  it.skipIf(proxy === undefined)('an HTTP backend with payload 1.0', async () => {
    expect(keys((await httpEvents('1.0')).backend)).toEqual(keys(proxy))
  })

  for (const [at, event, file] of [
    [1, 'message', 'apigw-websocket-request-send-message.json'],
    [2, '$disconnect', 'apigw-websocket-request-disconnect.json'],
  ] as const) {
    const recorded = corpus<Event>(`aws-lambda-go-events/${file}`)
    it.skipIf(recorded === undefined)(`WebSocket ${event} as in ${file}`, async () => {
      const sent = (await webSocketEvents())[at]
      expect(keys(sent)).toEqual(keys(recorded))
      expect(keys(sent.requestContext)).toEqual(keys(recorded.requestContext))
      expect(keys(sent.requestContext.identity)).toEqual(keys(recorded.requestContext.identity))
      if (recorded.headers) expect(keys(sent.headers)).toEqual(keys(recorded.headers))
    })
  }
})
