import type { Issuer } from '../../shared/access/access.ts'
import { FetchError, fetchJson } from '../../shared/http/fetch-json.ts'
import type { JsonObject } from '../../shared/json.ts'
import { createKeyFetch } from '../../shared/token/key-fetch.ts'
import { readKeySet } from '../../shared/token/key-set.ts'
import type { Reading } from './clock.ts'
import { keyUse, type Unused } from './key-use.ts'
import { probe } from './probe.ts'
import { about, type Result } from './result.ts'

/** The authorizer gives up after 1.5 s. */
const slowMs = 1000

export type Examined = { readonly result: Result; readonly clock: Reading | undefined }

/** Discovery and keys of one issuer, fetched and read by the authorizer's own code. */
export async function examineIssuer(issuer: Issuer, nowMs: () => number): Promise<Examined> {
  const { keys } = issuer
  if ('jwks' in keys)
    return { result: judge(issuer, { keys: [...keys.jwks.keys] }, 'pinned', []), clock: undefined }
  const url = new URL('discovery' in keys ? keys.discovery : keys.jwksUri)
  const [result, reply] = await Promise.all([checkFetched(issuer, nowMs), probe({ url }, nowMs)])
  return { result, clock: 'unanswered' in reply ? undefined : reply.clock }
}

async function checkFetched(issuer: Issuer, nowMs: () => number): Promise<Result> {
  const tookMs: number[] = []
  let last: JsonObject = {}
  const timed = async (url: string) => {
    const start = performance.now()
    last = await fetchJson(url)
    tookMs.push(Math.round(performance.now() - start))
    return last
  }
  const held = createKeyFetch(issuer, { fetchJson: timed, nowMs })
  await held.refresh('age', nowMs())
  if (held.set) return judge(issuer, last, `fetched in ${tookMs.join(' + ')} ms`, tookMs)
  return notFetched(issuer, last, held.lastError)
}

function notFetched(issuer: Issuer, last: JsonObject, error: unknown): Result {
  const { failed } = about('issuer', issuer.name)
  const said = error instanceof Error ? error.message : 'discovery and keys took too long'
  if (error instanceof FetchError)
    return failed(said, 'check its address in the manifest, that it is up, and that it answers within 1.5 s')
  if (Array.isArray(last.keys)) return failed(`${said}${listed(keyUse(last, undefined, issuer.algorithms).unused)}`, keysMend) // biome-ignore format: one result
  const named = typeof last.issuer === 'string' && last.issuer !== issuer.iss
  return failed(
    named ? `${said}: "${String(last.issuer).slice(0, 200)}" in place of "${issuer.iss}"` : said,
    named
      ? "write the manifest's `issuer` byte for byte as the document and the tokens do, trailing slash included"
      : 'have the issuer mend its discovery document (OpenID Connect Discovery 1.0 section 4.2), or name `jwksUri`',
  )
}

const keysMend =
  "have the issuer publish sound signature keys, each with a kid of its own, or list their algorithms in the issuer's `algorithms`"

function judge(issuer: Issuer, document: JsonObject, how: string, tookMs: readonly number[]): Result {
  const { ok, warning, failed } = about('issuer', issuer.name)
  const { usable, unused } = keyUse(document, readKeySet(document), issuer.algorithms)
  const what = `${usable} usable key${usable === 1 ? '' : 's'} for ${issuer.algorithms.join(', ')}, ${how}${listed(unused)}`
  if (usable === 0) return failed(what, keysMend)
  if (unused.some(({ harmless }) => !harmless)) return warning(what, keysMend)
  if (tookMs.some((ms) => ms > slowMs))
    return warning(what, 'have it answer faster: after 1.5 s the authorizer gives up')
  return ok(what)
}

const maxListed = 5

function listed(unused: readonly Unused[]): string {
  if (unused.length === 0) return ''
  const more = unused.length > maxListed ? `, and ${unused.length - maxListed} more` : ''
  return `; not used: ${unused.slice(0, maxListed).map(({ kid, why }) => `${kid} (${why})`).join(', ')}${more}` // biome-ignore format: one text
}
