import { expect, test } from 'vitest'
import { parseRoute, type Route, routeKey } from '../../../shared/gateway/route.ts'
import type { Manifest } from '../../../shared/manifest/schema.ts'
import { finerRoutes } from '../../../shared/template/finer-routes.ts'

const fileRoute = (text: string) => {
  const route = parseRoute(text) as Route
  return { text, route, key: routeKey(route) }
}

test.each([
  ['GET /users/{id}', true],
  ['ANY /{proxy+}', true],
  ['GET /users', false],
  ['PUT /users/{id}', false],
])('a route of the caller’s own is a part of %s: %s', (route, isFiner) => {
  const routes = ['GET /users/{claims.sub}']
  const manifest = { version: 1, issuers: {}, roles: { r: { routes } } } as unknown as Manifest
  expect(finerRoutes({ manifest }, [fileRoute(route)]).map(({ text }) => text)).toEqual(isFiner ? routes : [])
})
