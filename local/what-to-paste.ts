import type { App } from '../shared/access/access.ts'
import { loansOf } from './broker/loans.ts'
import { objectsOf } from './broker/objects.ts'
import { payloadOf } from './issuer/keys.ts'
import type { SampleCaller } from './issuer/sample-callers.ts'
import { baseUrl, concrete, headersOf, queryOf } from './story/call.ts'
import { type Actor, cast, refusedRoute } from './story/cast.ts'
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
    `  issuers    ${world.issuers.url}/{name}/.well-known/openid-configuration`,
    ...(world.broker
      ? [
          `  broker     ${world.broker.url}`,
          `  AWS        ${world.broker.aws.url}  (STS, S3 and IAM's decisions, for the AWS roles that are lent)`,
        ]
      : []),
    '',
    'Callers, each with a token in .postern/local.json:',
    ...world.callers
      .slice(0, maxCallers)
      .map((caller) => `  ${caller.name}${caller.problem ? `: no token, ${caller.problem}` : ''}`),
    ...(world.callers.length > maxCallers ? [`  and ${world.callers.length - maxCallers} more`] : []),
  ]
  const loans = borrowing(world)
  if (!lead && loans.length === 0)
    return [...lines, '', 'No role has both a route and a trust rule that a token could meet.'].join('\n')
  return [
    ...lines,
    '',
    'Paste into another terminal:',
    ...(lead ? calling(world, lead) : []),
    ...loans,
    ...asking(world),
    '',
    'Decisions, one line each; what the gateway answers from its cache leaves none (Ctrl-C ends):',
  ].join('\n')
}

function calling(world: World, lead: Actor): readonly string[] {
  const refused = refusedRoute(world, lead)
  return [
    '',
    tokenOf(lead),
    `  ${curl(world, lead.app, lead.grants[0] as string)}    # allowed`,
    ...(refused
      ? [`  ${curl(world, lead.app, refused)}    # refused: no role of this caller grants it`]
      : []),
  ]
}

/** The credentials as they come, and the AWS CLI with nothing of ours installed. */
function borrowing({ broker, access, callers }: World): readonly string[] {
  const [loan] = loansOf(access, callers)
  if (broker === undefined || loan === undefined) return []
  const { caller, role } = loan
  const url = `${broker.url}/credentials/${role.name}`
  const [object] = objectsOf(role.credentials, payloadOf(caller.token))
  const command = object ? `s3 cp s3://${object.bucket}/${object.key} -` : 'sts get-caller-identity'
  return [
    '',
    tokenOf(caller),
    `  curl -i -H "Authorization: Bearer $TOKEN" ${url}    # credentials of ${role.credentials.roleArn}`,
    `  AWS_CONTAINER_CREDENTIALS_FULL_URI=${url} AWS_CONTAINER_AUTHORIZATION_TOKEN=$TOKEN \\`,
    `    AWS_ENDPOINT_URL=${broker.aws.url} AWS_REGION=eu-west-1 aws ${command}    # where the AWS CLI is at hand`,
  ]
}

/** A client of the manifest, by the secret that it has at first. */
function asking({ broker, access }: World): readonly string[] {
  const client = broker?.clients.find(({ secret }) => secret !== undefined)
  if (broker === undefined || client === undefined || access.tokens === undefined) return []
  const [audience = ''] = access.clients?.find(({ name }) => name === client.name)?.allowedAudiences ?? []
  return [
    '',
    `  SECRET=$(node -p "require('./.postern/local.json').clients.find((one) => one.name === '${client.name}').secret")`,
    `  curl -i -u ${client.name}:$SECRET -d grant_type=client_credentials -d audience=${audience} ${broker.url}/token    # a token that Postern signs`,
    `  curl -i ${broker.url}/.well-known/jwks.json    # the keys by which others verify it`,
  ]
}

function tokenOf({ name }: SampleCaller): string {
  return `  TOKEN=$(node -p "require('./.postern/local.json').callers.find((one) => one.name === '${name}').token")`
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
