import type { LocalBroker } from '../broker/broker.ts'
import type { ClaimSet, SignOptions } from '../issuer/issuer.ts'
import type { World } from '../world.ts'
import { askByWebIdentity, askContainer, type Errand, runBot, type Source } from './borrow.ts'
import type { Answer } from './call.ts'
import type { Expected, Step } from './play.ts'

const roleArn = 'arn:aws:iam::123456789012:role/orders-exporter'
const bot = { repository_id: '7123', repository_owner_id: '9919', environment: 'production' }
const own = ['get', 'acme-orders', '7123/november.csv'] as const
const others = ['get', 'acme-orders', '7124/november.csv'] as const
const written = ['put', 'acme-orders', '7123/december.csv'] as const

const granted: Expected = { status: 200, reason: 'granted', record: 'allow' }
/** The broker lends, and AWS refuses what the session is not for. */
const deniedByAws: Expected = { ...granted, status: 403 }

/** What only the example of orders can tell of AWS roles: bots on the plain AWS SDK, and whom the broker refuses. */
export function borrowSteps(world: World): readonly Step[] {
  const { broker } = world
  if (broker === undefined) return []
  for (const key of [own[2], others[2]]) broker.aws.putObject('acme-orders', key, 'id,item\n1,compass\n')
  return [...bots(world, broker), ...lengths(world, broker), ...refusals(world, broker)]
}

function bots(world: World, broker: LocalBroker): readonly Step[] {
  const step = (title: string, source: Source, errand: Errand, expect: Expected): Step => {
    let code: unknown
    return {
      title,
      expect,
      call: async () => {
        const answer = await runBot(broker, source, await world.issuers.sign('github', bot), errand)
        code = answer.body.code
        return answer
      },
      also: () =>
        code === (expect === granted ? undefined : 'AccessDenied') ? undefined : `the SDK says ${code}`,
    }
  }
  const container = (role: string) => ({ role })
  const named = "GitHub's bot, on the plain AWS SDK,"
  return [
    step(
      `${named} reads s3://acme-orders/7123/ with credentials of orders-exporter (container endpoint)`,
      container('orders-exporter'),
      own,
      granted,
    ),
    step(
      "the same bot reads another repository's prefix: AccessDenied by AWS",
      container('orders-exporter'),
      others,
      deniedByAws,
    ),
    step('it writes, having asked for no scope', container('orders-exporter'), written, granted),
    step(
      'it asked for the scope "read", and writes: AccessDenied by AWS',
      container('orders-exporter?scope=read'),
      written,
      deniedByAws,
    ),
    step(`${named} reads its prefix (AssumeRoleWithWebIdentity at the broker)`, { roleArn }, own, granted),
    step("and another repository's: AccessDenied by AWS", { roleArn }, others, deniedByAws),
  ]
}

/** How long sessions are, whatever is left of the token. */
function lengths(world: World, broker: LocalBroker): readonly Step[] {
  let seconds = 0
  const pickup = { scope: 'exports:read' }
  const lasting = (least: number, most: number) => () =>
    seconds >= least && seconds <= most ? undefined : `the credentials last ${seconds} s`
  const ask = async (role: string, token: string): Promise<Answer> => {
    const answer = await askContainer(broker, role, token)
    const { Expiration } = answer.body
    seconds = Math.round((Date.parse(String(Expiration)) - world.issuers.nowMs()) / 1000)
    return answer
  }
  const partner = (expiresInSeconds: number) => world.issuers.sign('partner', pickup, { expiresInSeconds })
  return [
    {
      title: "a five-minute token of GitHub's gets credentials of an hour",
      expect: granted,
      call: async () => ask('orders-exporter', await sign(world, bot, { expiresInSeconds: 300 })),
      // A session that was asked for by a step before has a little less.
      also: lasting(3500, 3600),
    },
    {
      title: 'a partner with a token of half an hour, whose session ends with it',
      expect: granted,
      call: async () => ask('partner-pickup', await partner(1800)),
      // In whole minutes, so that the calls of a minute share a session.
      also: lasting(1730, 1800),
    },
    {
      title: 'a partner with a token of five minutes, less than STS gives',
      expect: { status: 403, reason: 'token_too_short', record: 'deny' },
      call: async () => ask('partner-pickup', await partner(300)),
    },
  ]
}

function refusals(world: World, broker: LocalBroker): readonly Step[] {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of IAM's
  const unsafe = ['71*', '7123/../7124', '${aws:username}', '7123","Resource":"*']
  const seen = new Map<Step, number>()
  const refused = (title: string, expect: Expected, call: () => Promise<Answer>): Step => {
    const step: Step = {
      title,
      expect,
      call: () => {
        seen.set(step, broker.aws.requests.length)
        return call()
      },
      also: () => (broker.aws.requests.length === seen.get(step) ? undefined : 'STS was asked all the same'),
    }
    return step
  }
  const denied = (reason: string, status = 403): Expected => ({ status, reason, record: 'deny' })
  const reader = { 'cognito:groups': ['orders'] }
  return [
    ...unsafe.map((repository_id) =>
      refused(`a repository_id of ${repository_id} gets into no policy`, denied('claim_unsafe'), async () =>
        askContainer(broker, 'reports-writer', await sign(world, { ...bot, repository_id })),
      ),
    ),
    refused('a reader asks for credentials of orders-exporter', denied('role_not_granted'), async () =>
      askContainer(broker, 'orders-exporter', await world.issuers.sign('staff', reader)),
    ),
    refused('a reader asks for the AWS role by its ARN', denied('role_not_granted'), async () =>
      askByWebIdentity(broker, roleArn, await world.issuers.sign('staff', reader)),
    ),
    refused('an expired token of the bot', denied('token_expired', 401), async () =>
      askContainer(broker, 'orders-exporter', await sign(world, bot, { expiresInSeconds: -60 })),
    ),
  ]
}

function sign(world: World, claims: ClaimSet, options: SignOptions = {}): Promise<string> {
  return world.issuers.sign('github', claims, options)
}
