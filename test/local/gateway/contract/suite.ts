import { afterEach } from 'vitest'
import type { Event, FakeFunction, Stand, StartGateway } from './stand.ts'
import {
  type HttpSpec,
  httpAuthorizer,
  httpTemplate,
  type RestSpec,
  requestAuthorizer,
  restTemplate,
  tokenAuthorizer,
} from './templates.ts'
import { type WebSocketSpec, webSocketTemplate } from './websocket-template.ts'

/** What every part of the suite starts from. Stands are closed after each test. */
export type Suite = {
  readonly start: StartGateway
  readonly rest: (authorize: FakeFunction, spec?: Partial<RestSpec>, backend?: FakeFunction) => Promise<Stand>
  readonly token: (authorize: FakeFunction, properties?: object, spec?: Partial<RestSpec>) => Promise<Stand>
  readonly webSocket: (
    authorize: FakeFunction,
    spec?: Partial<WebSocketSpec>,
    backend?: FakeFunction,
  ) => Promise<Stand>
  readonly http: (
    authorize: FakeFunction,
    properties?: object,
    spec?: Partial<HttpSpec>,
    backend?: FakeFunction,
  ) => Promise<Stand>
}

/** Echoes what the gateway handed on; the REST and the HTTP form in one. */
export const echo: FakeFunction = (event: Event) => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(event),
})

export function createSuite(startGateway: StartGateway): Suite {
  const open: Stand[] = []
  afterEach(async () => {
    await Promise.all(open.splice(0).map((stand) => stand.close()))
  })
  const start: StartGateway = async (template, functions) => {
    const stand = await startGateway(template, functions)
    open.push(stand)
    return stand
  }
  const routes = (authorizer: string) =>
    ['GET /', 'GET /pets', 'POST /pets', 'GET /pets/{id}', 'GET /files/{proxy+}'].map((route) => ({
      route,
      authorizer,
    }))
  return {
    start,
    rest: (Authorize, spec = {}, Backend = echo) =>
      start(restTemplate({ routes: routes('A'), authorizers: { A: requestAuthorizer }, ...spec }), {
        Authorize,
        Backend,
      }),
    token: (Authorize, properties = {}, spec = {}) =>
      start(
        restTemplate({
          routes: routes('A'),
          authorizers: { A: { ...tokenAuthorizer, ...properties } },
          ...spec,
        }),
        {
          Authorize,
          Backend: echo,
        },
      ),
    webSocket: (Authorize, spec = {}, Backend = echo) =>
      start(webSocketTemplate(spec), { Authorize, Backend }),
    http: (Authorize, properties = {}, spec = {}, Backend = echo) =>
      start(
        httpTemplate({
          routes: routes('A'),
          authorizers: { A: { ...httpAuthorizer, ...properties } },
          ...spec,
        }),
        {
          Authorize,
          Backend,
        },
      ),
  }
}
