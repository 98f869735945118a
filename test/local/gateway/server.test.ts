import { afterEach, describe, expect, it } from 'vitest'
import { createGateway } from '../../../local/gateway/gateway.ts'
import type { GatewayRequest } from '../../../local/gateway/model.ts'
import { listen } from '../../../local/gateway/server.ts'
import { allow, bearer, type Event, send } from './contract/stand.ts'
import { httpAuthorizer, httpTemplate, requestAuthorizer, restTemplate } from './contract/templates.ts'

const close: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(close.splice(0).map((each) => each()))
})

const http = httpTemplate({
  routes: [{ route: '$default', authorizer: 'A' }],
  authorizers: { A: httpAuthorizer },
})
const rest = restTemplate({
  routes: [{ route: 'GET /{proxy+}', authorizer: 'B' }],
  authorizers: { B: requestAuthorizer },
})
const events: Event[] = []

async function start(template: object, backend: unknown = { statusCode: 200, body: 'ok' }) {
  const invoke = async (functionId: string, event: unknown) => {
    if (functionId === 'Authorize') events.push(event)
    return { ok: true as const, value: functionId === 'Authorize' ? allow('*') : backend }
  }
  events.length = 0
  const gateway = createGateway({ template, invoke })
  const server = await listen(gateway, 0)
  close.push(server.close)
  return { ...server, gateway, apiId: gateway.apis[0]?.apiId }
}

describe('the gateway over HTTP', () => {
  it('listens on loopback alone', async () => {
    expect((await start(http)).url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  })

  it('serves the $default stage with and without its name', async () => {
    const { url, apiId } = await start(http)
    for (const path of [`/${apiId}/$default/pets`, `/${apiId}/%24default/pets`, `/${apiId}/pets`])
      expect((await send(url, path, bearer)).status).toBe(200)
    expect(events.map((event) => event.rawPath)).toEqual(['/pets', '/pets', '/pets'])
  })

  it('takes a path without a slash after the stage for the root', async () => {
    const { url, apiId } = await start(http)
    for (const path of [`/${apiId}`, `/${apiId}/`, `/${apiId}/$default`]) await send(url, path, bearer)
    expect(events.map((event) => event.rawPath)).toEqual(['/', '/', '/'])
  })

  it('answers 403 for an API, a stage and a target that are not there', async () => {
    const { url, apiId } = await start(rest)
    for (const path of ['/', '/nothing/dev/pets', `/${apiId}/prod/pets`, `/${apiId}`, `//${apiId}/dev/pets`])
      expect(await send(url, path, bearer), path).toMatchObject({
        status: 403,
        json: { message: 'Forbidden' },
      })
    expect(events).toEqual([])
  })

  it('hands on the target undecoded and unfolded', async () => {
    const { url, apiId } = await start(rest)
    const raw = '/a/../b//%2e%2E/%2f;x=1'
    await send(url, `/${apiId}/dev${raw}?q=%20&q`, bearer)
    expect(events[0]).toMatchObject({ path: raw, multiValueQueryStringParameters: { q: [' ', ''] } })
    expect(events[0].methodArn.endsWith(`/dev/GET${raw}`)).toBe(true)
  })

  it('refuses a body over ten megabytes', async () => {
    const { url, apiId } = await start(http)
    const sent = { ...bearer, method: 'POST', body: Buffer.alloc(10 * 1024 * 1024 + 1) }
    expect((await send(url, `/${apiId}/pets`, sent)).status).toBe(413)
  })

  it('frames answers itself: a backend cannot smuggle a second one', async () => {
    const headers = { 'content-length': '1', 'transfer-encoding': 'chunked', connection: 'close' }
    const { url, apiId } = await start(http, { statusCode: 200, headers, body: 'whole' })
    expect((await send(url, `/${apiId}/pets`, bearer)).text).toBe('whole')
  })

  it('answers 500 when an answer cannot be sent, and goes on', async () => {
    const { url, apiId } = await start(http, { statusCode: 200, headers: { 'bad name': 'a\nb' }, body: '' })
    expect((await send(url, `/${apiId}/pets`, bearer)).status).toBe(500)
    expect((await send(url, '/', bearer)).status).toBe(403)
  })
})

describe('handle, without HTTP', () => {
  it('takes pairs and bytes, and answers with them', async () => {
    const { gateway, apiId } = await start(http)
    const request: GatewayRequest = {
      apiId: apiId ?? '',
      stage: '$default',
      method: 'GET',
      path: '/pets',
      query: '',
      headers: [['authorization', 'a']],
      body: new Uint8Array(),
      sourceIp: '192.0.2.1',
    }
    const answer = await gateway.handle(request)
    expect([answer.status, Buffer.from(answer.body).toString()]).toEqual([200, 'ok'])
    expect(events[0].requestContext.http.sourceIp).toBe('192.0.2.1')
    expect((await gateway.handle({ ...request, stage: 'dev' })).status).toBe(403)
  })
})

describe('the OPTIONS method that osls emits for `cors: true`', () => {
  const parameters = {
    'method.response.header.Access-Control-Allow-Origin': "'https://a.example'",
    'method.response.header.Access-Control-Allow-Methods': "'OPTIONS,GET'",
  }
  const reflect =
    '#set($origin = $input.params("Origin"))\n#if($origin == "") #set($origin = $input.params("origin")) #end\n#if($origin.matches("https://a[.]example") || $origin.matches("https://b[.]example")) #set($context.responseOverride.header.Access-Control-Allow-Origin = $origin) #end'
  const options = (template: string) => ({
    Options: {
      Type: 'AWS::ApiGateway::Method',
      Properties: {
        RestApiId: { Ref: 'Rest' },
        HttpMethod: 'OPTIONS',
        ResourceId: { 'Fn::GetAtt': ['Rest', 'RootResourceId'] },
        AuthorizationType: 'NONE',
        Integration: {
          Type: 'MOCK',
          RequestTemplates: { 'application/json': '{statusCode:200}' },
          IntegrationResponses: [
            {
              StatusCode: '200',
              ResponseParameters: parameters,
              ResponseTemplates: { 'application/json': template },
            },
          ],
        },
      },
    },
  })
  it('answers with its headers, reflects a listed origin and no other', async () => {
    const template = { Resources: { ...rest.Resources, ...options(reflect) } }
    const { url, apiId } = await start(template)
    const origins = [
      'https://b.example',
      'https://evil.example',
      'https://b-example',
      'https://b.example.evil',
    ]
    const allowed = await Promise.all(
      origins.map(async (origin) => {
        const answer = await send(url, `/${apiId}/dev/`, { method: 'OPTIONS', headers: [['Origin', origin]] })
        expect(answer).toMatchObject({ status: 200, text: '' })
        return answer.headers['access-control-allow-origin']
      }),
    )
    expect(allowed).toEqual([
      'https://b.example',
      'https://a.example',
      'https://a.example',
      'https://a.example',
    ])
    expect(events).toEqual([])
  })
  it('with another template is refused', () => {
    const template = { Resources: { ...rest.Resources, ...options('{"a":1}') } }
    const invoke = async () => ({ ok: true as const, value: null })
    expect(() => createGateway({ template, invoke })).toThrow(
      /Options: a mock integration with a response template/,
    )
  })
})
