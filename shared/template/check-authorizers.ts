import type { LoadedPart } from '../manifest/part.ts'
import type { ApiText } from '../manifest/schema.ts'
import type { Authorizer } from './authorizer.ts'
import { checkForm } from './check-form.ts'
import { type IdentitySource, identitySourceText, type SourceApi } from './identity-source.ts'
import type { Findings, Wiring } from './wiring.ts'

/** How Postern's authorizers are set: where they find the token, and what API Gateway keeps of their answers. */
export function checkAuthorizers(
  loaded: LoadedPart,
  wiring: Wiring,
  ours: readonly Authorizer[],
  findings: Findings,
): void {
  for (const authorizer of ours) {
    const { token } = loaded.manifest.api ?? {}
    const { api } = authorizer
    if (api === 'appsync') checkCarried(token, authorizer, findings)
    else checkSources(token, authorizer, api, findings)
    checkTtl(loaded, authorizer, findings)
    checkProperties(authorizer, findings)
    if (api === 'http') checkForm(loaded, wiring, authorizer, findings)
  }
}

/** AppSync has no say in it: its event has one token, that of the header Authorization (facts A8). */
function checkCarried(token: ApiText['token'], authorizer: Authorizer, { problems }: Findings): void {
  if (authorizer.sources.some((source) => isSame(source, placeOf(token))) && token?.cookie === undefined)
    return
  const message = `AppSync carries the header Authorization alone, and the manifest looks for the token in ${placeText(token)}`
  const mend = 'take api.token out of the manifest, or give the AppSync API an app of its own'
  problems.push(authorizer.problem('identity_source_missing', message, mend))
}

function checkSources(
  token: ApiText['token'],
  authorizer: Authorizer,
  api: SourceApi,
  findings: Findings,
): void {
  const { type, sources, ttlSeconds } = authorizer
  const place = placeOf(token)
  const named = placeText(token)
  if (type === 'TOKEN' && (place.from !== 'header' || token?.cookie !== undefined)) {
    const message = `a TOKEN authorizer carries one header, and the manifest looks for the token in ${named}`
    const mend = 'make it a REQUEST authorizer, or set api.token to a header'
    findings.problems.push(authorizer.problem('identity_source_missing', message, mend))
    return
  }
  if (sources.some((source) => isSame(source, place))) return
  const mend = `add ${identitySourceText(api, place)} to IdentitySource, or mend api.token of the manifest`
  // Without sources and without a cache the function is asked every time, and sees the whole request.
  const isOnlyDearer = type === 'REQUEST' && sources.length === 0 && ttlSeconds === 0
  const what = isOnlyDearer
    ? 'requests without a token cost a call of the function'
    : 'a call is answered without regard to it'
  const message = `the manifest looks for the token in ${named}, which is no identity source: ${what}`
  const into = isOnlyDearer ? findings.warnings : findings.problems
  into.push(authorizer.problem('identity_source_missing', message, mend))
}

function placeOf(token: ApiText['token']): IdentitySource {
  if (token?.query !== undefined) return { from: 'query', name: token.query }
  if (token?.cookie !== undefined) return { from: 'header', name: 'Cookie' }
  return { from: 'header', name: token?.header ?? 'Authorization' }
}

function placeText(token: ApiText['token']): string {
  if (token?.query !== undefined) return `the query parameter "${token.query}"`
  if (token?.cookie !== undefined) return `the cookie "${token.cookie}"`
  return `the header "${token?.header ?? 'authorization'}"`
}

/** Names of headers are the same in any case, those of query parameters are not (facts A6). */
function isSame(one: IdentitySource, other: IdentitySource): boolean {
  if (one.from !== other.from) return false
  return one.from === 'header' ? one.name.toLowerCase() === other.name.toLowerCase() : one.name === other.name
}

function checkTtl({ manifest }: LoadedPart, authorizer: Authorizer, { problems }: Findings): void {
  const most = manifest.api?.cacheSeconds ?? 300
  if (authorizer.ttlSeconds <= most) return
  const message = `API Gateway keeps its answers for ${authorizer.ttlSeconds} s, and the manifest says ${most} (cacheSeconds)`
  const mend = `set AuthorizerResultTtlInSeconds to ${most} or less, or raise cacheSeconds`
  problems.push(authorizer.problem('authorizer_ttl_too_long', message, mend))
}

/**
 * A warning, since it opens nothing: AWS takes these on HTTP APIs alone (facts A6), and refuses the deployment or does
 * without.
 */
function checkProperties({ ofOtherApis, problem }: Authorizer, { warnings }: Findings): void {
  for (const name of ofOtherApis) {
    const message = `${name} is of HTTP APIs alone: a WebSocket API asks once for each connection, and takes policies`
    warnings.push(problem('property_of_http_apis', message, `take ${name} out`))
  }
}
