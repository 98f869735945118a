import type { App } from '../../shared/access/access.ts'
import type { World } from '../world.ts'
import { call } from './call.ts'
import type { Step } from './play.ts'

/** What only the example's own manifest can tell: GitHub's bot, a pull request, nobody's route, a crooked path. */
export function ordersSteps(world: World): readonly Step[] {
  const bot = { repository_id: '7123', repository_owner_id: '9919', environment: 'production' }
  const reader = { 'cognito:groups': ['orders'] }
  const app = world.access.apps[0] as App
  const crooked = 'GET /orders/..%2Fadmin'
  return [
    {
      title: "GitHub's bot calls GET /exports/{proxy+}, behind the TOKEN authorizer",
      expect: { status: 200, reason: 'granted', record: 'allow' },
      call: async () =>
        call(world, app, 'rest', 'GET /exports/{proxy+}', await world.issuers.sign('github', bot)),
    },
    {
      title: 'the same bot run by a pull request of a fork',
      expect: { status: 403, reason: 'role_none', record: 'deny' },
      call: async () => {
        const token = await world.issuers.sign('github', { ...bot, event_name: 'pull_request_target' })
        return call(world, app, 'rest', 'GET /exports/{proxy+}', token)
      },
    },
    ...underTheCache(world, app, reader),
    {
      title: 'a reader calls GET /admin, which no role grants',
      expect: { status: 403, reason: 'route_not_granted', record: 'deny' },
      call: async () => call(world, app, 'rest', 'GET /admin', await world.issuers.sign('staff', reader)),
    },
    {
      title: `a reader calls ${crooked}`,
      expect: { status: 403, reason: 'path_not_canonical', record: 'deny' },
      call: async () => call(world, app, 'rest', crooked, await world.issuers.sign('staff', reader)),
    },
    {
      title: 'anybody calls GET /health, which is public',
      expect: { status: 200, reason: '-', record: 'none' },
      call: () => call(world, app, 'rest', 'GET /health'),
    },
  ]
}

/** What IAM's star would take along, were the policy no more than a pattern for each granted route. */
function underTheCache(world: World, app: App, reader: Readonly<Record<string, string[]>>): readonly Step[] {
  let token = ''
  const refused = (route: string): Step => ({
    title: `the same token calls ${route}: the cached policy refuses it`,
    expect: { status: 403, reason: 'route_not_granted', record: 'none' },
    call: () => call(world, app, 'rest', route, token),
  })
  return [
    {
      title: 'a reader calls GET /orders/{id}, whose pattern is GET/orders/?*',
      expect: { status: 200, reason: 'granted', record: 'allow' },
      call: async () => {
        token = await world.issuers.sign('staff', reader)
        return call(world, app, 'rest', 'GET /orders/{id}', token)
      },
    },
    refused('GET /orders/{id}/refunds'),
    refused('GET /orders/..%2Fadmin'),
    refused('GET /orders/'),
  ]
}
