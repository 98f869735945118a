import { afterEach, describe, expect, it } from 'vitest'
import { allow, bearer, type Event, type Stand, send } from './contract/stand.ts'
import { echo } from './contract/suite.ts'
import {
  httpAuthorizer,
  httpTemplate,
  requestAuthorizer,
  restTemplate,
  tokenAuthorizer,
} from './contract/templates.ts'
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

async function httpEvents(): Promise<{ authorize: Event; backend: Event }> {
  const template = httpTemplate({
    routes: [{ route: 'POST /a/{b}', authorizer: 'H' }],
    authorizers: { H: httpAuthorizer },
    stageVariables: { a: 'b' },
  })
  stand = await startLocalGateway(template, functions)
  const { json } = await send(stand.url('Http'), '/a/1?q=1', { ...sent, method: 'POST', body: 'text' })
  return { authorize: stand.calls('Authorize')[0], backend: json }
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
})
