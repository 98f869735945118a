import type { LoadedPart } from '../manifest/part.ts'
import { namesOf } from '../manifest/route-text.ts'
import type { ApiText } from '../manifest/schema.ts'
import type { Authorizer } from './authorizers.ts'
import { finerRoutes } from './finer-routes.ts'
import { type IdentitySource, identitySourceText } from './identity-source.ts'
import type { Findings, Wiring } from './wiring.ts'

/** How Postern's authorizers are set: where they find the token, and what API Gateway keeps of their answers. */
export function checkAuthorizers(
  loaded: LoadedPart,
  wiring: Wiring,
  ours: readonly Authorizer[],
  findings: Findings,
): void {
  for (const authorizer of ours) {
    checkSources(loaded.manifest.api?.token, authorizer, findings)
    checkTtl(loaded, authorizer, findings)
    if (authorizer.api === 'http') checkForm(loaded, wiring, authorizer, findings)
  }
}

function checkSources(token: ApiText['token'], authorizer: Authorizer, findings: Findings): void {
  const { api, type, sources, ttlSeconds } = authorizer
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

/** What an HTTP API takes as the answer. The other form is a 500 (facts A4). */
function checkForm(part: LoadedPart, { apis }: Wiring, authorizer: Authorizer, { problems }: Findings): void {
  const { payloadVersion, simpleResponses, ttlSeconds, sources, apiId } = authorizer
  if (payloadVersion !== '2.0') {
    const message = `the payload format is ${payloadVersion ?? 'not set'}, and Postern reads 2.0`
    const mend = 'set AuthorizerPayloadFormatVersion to "2.0"'
    problems.push(authorizer.problem('payload_unsupported', message, mend))
  }
  const isSimple = part.manifest.api?.response === 'simple'
  if (simpleResponses !== isSimple) {
    const message = `EnableSimpleResponses is ${simpleResponses}, and the manifest says "response: ${isSimple ? 'simple' : 'policy'}": every call would be a 500`
    const mend = `set EnableSimpleResponses to ${isSimple}, or mend response in the manifest`
    problems.push(authorizer.problem('response_mismatch', message, mend))
    return
  }
  if (!isSimple || ttlSeconds === 0) return
  if (!sources.some(({ from, name }) => from === 'context' && name === 'routeKey')) {
    const message = `a simple response is one yes or no, and API Gateway would answer every route with the one it cached`
    const mend = 'set AuthorizerResultTtlInSeconds to 0, or add $context.routeKey to IdentitySource'
    problems.push(authorizer.problem('simple_response_cached', message, mend))
    return
  }
  const finer = finerRoutes(part, apis.find(({ logicalId }) => logicalId === apiId)?.routes ?? [])
  if (finer.length === 0) return
  const message = `a simple response is cached for a route of the API, and the manifest decides a part of one by ${namesOf(finer)}`
  const mend = 'make them routes of the API too, or set AuthorizerResultTtlInSeconds to 0'
  problems.push(authorizer.problem('simple_response_cached', message, mend))
}
