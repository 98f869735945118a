import type { App } from '../shared/access/access.ts'
import { baseUrl, concrete, headersOf, queryOf } from './story/call.ts'
import { cast, refusedRoute } from './story/cast.ts'
import type { World } from './world.ts'

/** What `npm start` prints once everything listens: commands that work as they stand. */
export function whatToPaste(world: World): string {
  const actors = cast(world)
  const lead = actors[0]
  const lines = [
    'Postern is up, on loopback alone.',
    ...world.apis.map(({ type, app }) => {
      const name = app.of === undefined ? '' : `  ${app.name}`
      return `  ${apiNames[type].padEnd(9)}  ${baseUrl(world, app, type)}${name}`
    }),
    `  issuers   ${world.issuers.url}/{name}/.well-known/openid-configuration`,
    '',
    'Callers, each with a token in .postern/local.json:',
    ...world.callers
      .slice(0, maxCallers)
      .map((caller) => `  ${caller.name}${caller.problem ? `: no token, ${caller.problem}` : ''}`),
    ...(world.callers.length > maxCallers ? [`  and ${world.callers.length - maxCallers} more`] : []),
  ]
  if (!lead)
    return [...lines, '', 'No role has both a route and a trust rule that a token could meet.'].join('\n')
  const refused = refusedRoute(world, lead)
  lines.push(
    '',
    'Paste into another terminal:',
    '',
    `  TOKEN=$(node -p "require('./.postern/local.json').callers.find((one) => one.name === '${lead.name}').token")`,
  )
  lines.push(`  ${curl(world, lead.app, lead.grants[0] as string)}    # allowed`)
  if (refused)
    lines.push(`  ${curl(world, lead.app, refused)}    # refused: no role of this caller grants it`)
  return [
    ...lines,
    '',
    'Decisions, one line each; what the gateway answers from its cache leaves none (Ctrl-C ends):',
  ].join('\n')
}

const apiNames = { rest: 'REST API', http: 'HTTP API', websocket: 'WebSocket' }

/** A manifest may have thousands. */
const maxCallers = 20

function curl(world: World, app: App, route: string): string {
  const [method = '', template = ''] = route.split(' ')
  const headers = Object.entries(headersOf(app, '$TOKEN')).map(([name, value]) => ` -H "${name}: ${value}"`)
  const verb = method === 'GET' || method === 'ANY' ? '' : ` -X ${method}`
  const query = queryOf(app, 'TOKEN').replace('=TOKEN', '=$TOKEN')
  return `curl -i${verb}${headers.join('')} "${baseUrl(world, app, 'rest')}${concrete(template)}${query}"`
}
