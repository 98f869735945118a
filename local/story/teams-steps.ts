import type { App } from '../../shared/access/access.ts'
import type { World } from '../world.ts'
import { call, handshake } from './call.ts'
import type { Step } from './play.ts'

/** What only the example of several teams can tell: one token, signed in once, at the APIs of all of them. */
export function teamsSteps(world: World): readonly Step[] {
  const [billing, shop, support] = ['billing', 'shipping,support', 'support'].map((name) =>
    appNamed(world, name),
  )
  if (billing === undefined || shop === undefined || support === undefined) return []
  const groups = ['billing-heads', 'shippers', 'support-agents']
  let token = ''
  const step = (title: string, app: App, route: string, ...expected: readonly string[]): Step => {
    const [status = '200', reason = '-', record = 'none'] = expected
    return {
      title: `ada ${title}: ${route} (${app.name})`,
      expect: { status: Number(status), reason, record: record as Step['expect']['record'] },
      call: () => call(world, app, 'rest', route, token),
    }
  }
  return [
    {
      title:
        'ada signs in once; as head of billing she may do what clerks and viewers may: GET /invoices (billing)',
      expect: { status: 200, reason: 'granted', record: 'allow' },
      call: async () => {
        token = await world.issuers.sign('people', { sub: 'ada', groups })
        return call(world, billing, 'rest', 'GET /invoices', token)
      },
    },
    step('writes one, by a role that hers includes', billing, 'POST /invoices', '200'),
    step('cancels one, by her own', billing, 'DELETE /invoices/{id}', '200'),
    step('reminds nobody', billing, 'POST /invoices/{id}/reminders', '403', 'route_not_granted'),
    step('is no stranger to shipping', shop, 'GET /parcels', '200', 'granted', 'allow'),
    step('and on the same API to support: one policy for both', shop, 'GET /tickets', '200'),
    step('deletes nothing there', shop, 'DELETE /tickets', '403', 'route_not_granted'),
    step('follows her own parcels', shop, 'GET /customers/ada/parcels', '200'),
    step("and nobody else's", shop, 'GET /customers/bob/parcels', '403', 'route_not_granted'),
    {
      title: 'ada opens the chat (support)',
      expect: { status: 101, reason: 'granted', record: 'allow' },
      call: () => handshake(world, support, token),
    },
  ]
}

function appNamed(world: World, name: string): App | undefined {
  return world.access.apps.find((app) => app.name === name)
}
