import type { Access, App } from '../../shared/access/access.ts'
import type { Reading } from './clock.ts'
import { probe, type Reply, type Unanswered } from './probe.ts'
import { about, type Result } from './result.ts'
import { tampered } from './token.ts'

export type ApiProbe = {
  readonly url: URL
  readonly method: string
  /** What the token is to come to on this route. */
  readonly expect: 'allow' | 'deny'
}

export type ApiFound = { readonly results: readonly Result[]; readonly clock?: Reading | undefined }

const routeMend = 'check the address with its stage, the method (--method), and that the API is deployed'

/** One guarded route, as a stranger, a forger and the probe's caller find it. */
export async function checkApi(
  api: ApiProbe,
  access: Access,
  token: string | undefined,
  nowMs: () => number,
): Promise<ApiFound> {
  const [place, another] = placesOf(access)
  const ask = (one?: string) => probe(requestOf(api, place, one), nowMs)
  const bare = await ask()
  const clock = 'unanswered' in bare ? undefined : bare.clock
  const results = [judgeBare(bare)]
  const skip = (why: string) => [
    about('api', 'tampered token').skipped(why),
    about('api', 'probe token').skipped(why),
  ]
  if ('unanswered' in bare) return { results, clock }
  if (token === undefined) return { results: [...results, ...skip('no token was given')], clock }
  if (place === undefined || another !== undefined)
    return { results: [...results, ...skip('the apps have their tokens in different places')], clock }
  results.push(judgeForger(await ask(tampered(token))), judgeCaller(await ask(token), api.expect))
  return { results, clock }
}

type Place = App['token']

function placesOf({ apps }: Access): readonly Place[] {
  const texts = new Set(apps.map(({ token }) => JSON.stringify(token)))
  return [...texts].map((text) => JSON.parse(text))
}

function requestOf({ url, method }: ApiProbe, place: Place | undefined, token: string | undefined) {
  if (token === undefined || place === undefined) return { url, method }
  const { name } = place
  if (place.place === 'query') {
    const withToken = new URL(url)
    withToken.searchParams.set(name, token)
    return { url: withToken, method }
  }
  const headers: Record<string, string> =
    place.place === 'cookie' ? { cookie: `${name}=${token}` } : { [name]: `Bearer ${token}` }
  return { url, method, headers }
}

function judgeBare(reply: Reply | Unanswered): Result {
  const { ok, failed } = about('api', 'no token')
  if ('unanswered' in reply) return failed(reply.unanswered, routeMend)
  const { status } = reply
  if (status === 401) return ok('refused with 401')
  if (status === 403 || status === 404)
    return failed(
      `answered ${status}, as API Gateway does where there is no such route; 401 was due`,
      routeMend,
    )
  if (status >= 500) return failed(`answered ${status}; 401 was due`, brokenMend)
  return failed(
    `answered ${status}; 401 was due: nothing guards the route`,
    'attach the authorizer to the route; `postern check --template` names every route that lacks it',
  )
}

const brokenMend =
  "see the authorizer's log: it throws, cannot be invoked (its permission), or the integration behind it is broken"

function judgeForger(reply: Reply | Unanswered): Result {
  const { ok, failed } = about('api', 'tampered token')
  if ('unanswered' in reply) return failed(reply.unanswered, routeMend)
  const { status } = reply
  if (status === 401 || status === 403) return ok(`refused with ${status}`)
  if (status >= 500) return failed(`answered ${status}; 401 or 403 was due`, brokenMend)
  return failed(
    `answered ${status}; a wrong signature went through`,
    'see which authorizer the route has: it does not look at signatures',
  )
}

function judgeCaller(reply: Reply | Unanswered, expect: ApiProbe['expect']): Result {
  const { ok, warning, failed } = about('api', 'probe token')
  if ('unanswered' in reply) return failed(reply.unanswered, routeMend)
  const { status } = reply
  if (status >= 500) return failed(`answered ${status}`, brokenMend)
  if (status === 429) return warning('throttled with 429', 'try again later')
  const isRefused = status === 401 || status === 403
  if (isRefused === (expect === 'deny')) return ok(`${isRefused ? 'refused' : 'let through'}: ${status}`)
  if (expect === 'deny')
    return failed(
      `let through: ${status}; a refusal was due`,
      'see `postern explain` for the role that grants the route, and that this manifest is deployed',
    )
  return failed(
    `refused with ${status}`,
    'run `postern explain --token … --route …`, which names the check; a policy that is cached may be older than the deployment (`cacheSeconds`)',
  )
}
