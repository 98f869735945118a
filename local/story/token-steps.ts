import type { LocalBroker } from '../broker/broker.ts'
import { signingSecret } from '../broker/issuer.ts'
import type { World } from '../world.ts'
import { type Answer, call } from './call.ts'
import { type Actor, cast } from './cast.ts'
import type { Expected, Step } from './play.ts'

const granted: Expected = { status: 200, reason: 'granted', record: 'allow' }
const rounds = 3

/** The rotation drill: clients' secrets and the signing keys are rotated again and again, and nobody is refused. */
export function tokenSteps(world: World): readonly Step[] {
  const { broker, access } = world
  if (broker === undefined || access.tokens === undefined) return []
  const bearer = cast(world).find(({ issuer }) => access.issuers.some((one) => one.type === 'postern' && one.name === issuer)) // biome-ignore format: a chain
  const clients = broker.clients.flatMap(({ name, secret }) => (secret === undefined ? [] : { name, secret }))
  return clients.flatMap((client) => drill(world, broker, client, bearer))
}

function drill(
  world: World,
  broker: LocalBroker,
  { name, secret }: { readonly name: string; readonly secret: string },
  bearer: Actor | undefined,
): readonly Step[] {
  const id = world.access.clients?.find((one) => one.name === name)?.secret?.id ?? ''
  const audience = world.access.clients?.find((one) => one.name === name)?.allowedAudiences[0] ?? ''
  let held = secret
  const ask = (client_secret: string) =>
    post(broker, '/token', { grant_type: 'client_credentials', client_id: name, client_secret, audience })
  const round = (number: number): readonly Step[] => [
    {
      title: `round ${number}: the secret of ${name} is rotated; it gets a token by the one of before`,
      expect: granted,
      call: async () => {
        // What is still accepted would be cut off by another rotation, unless its stage is taken away.
        for (const { stages } of broker.aws.secrets.find(id).versions.values()) stages.delete('AWSPREVIOUS')
        await broker.aws.secrets.rotate(id)
        return ask(held)
      },
    },
    {
      title: `${name} fetches its next secret with the present one`,
      expect: granted,
      call: async () => {
        const answer = await post(broker, '/clients/self/secret', { client_id: name, client_secret: held })
        held = String(answer.body.client_secret)
        return answer
      },
    },
    { title: 'and gets a token by it', expect: granted, call: () => ask(held) },
    ...(bearer === undefined ? [] : [keysRotated(world, broker, bearer)]),
  ]
  return [
    { title: `${name} gets a token by its secret`, expect: granted, call: () => ask(held) },
    ...Array.from({ length: rounds }, (_, at) => round(at + 1)).flat(),
    {
      title: `somebody else guesses a secret of ${name}`,
      expect: { status: 401, reason: 'client_invalid', record: 'deny' },
      call: () => ask('x'.repeat(43)),
    },
  ]
}

/** What was cached verifies on: a new key signs only when every cache has it. */
function keysRotated(world: World, broker: LocalBroker, { app, issuer, claims, grants }: Actor): Step {
  return {
    title: "Postern's signing keys are rotated; a token signed just now is let in",
    expect: granted,
    call: async () => {
      await broker.aws.secrets.rotate(signingSecret)
      return call(world, app, 'rest', grants[0] as string, await world.issuers.sign(issuer, claims))
    },
  }
}

async function post(
  broker: LocalBroker,
  path: string,
  form: Readonly<Record<string, string>>,
): Promise<Answer> {
  const response = await fetch(`${broker.url}${path}`, { method: 'POST', body: new URLSearchParams(form) })
  return { status: response.status, body: (await response.json()) as Answer['body'] }
}
