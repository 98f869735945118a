import type { LoadedPart } from '../manifest/part.ts'
import { namesOf } from '../manifest/route-text.ts'
import type { Authorizer } from './authorizer.ts'
import { finerRoutes } from './finer-routes.ts'
import type { Findings, Wiring } from './wiring.ts'

/** What an HTTP API takes as the answer. The other form is a 500 (facts A4). */
export function checkForm(
  part: LoadedPart,
  { apis }: Wiring,
  authorizer: Authorizer,
  { problems }: Findings,
): void {
  const { payloadVersion, ttlSeconds, sources, apiId } = authorizer
  if (payloadVersion === undefined) {
    const message =
      'AuthorizerPayloadFormatVersion is not set, and AWS makes no Lambda authorizer of an HTTP API without one'
    const mend = 'set AuthorizerPayloadFormatVersion to "2.0"'
    problems.push(authorizer.problem('payload_unsupported', message, mend))
  }
  const isSimple = part.manifest.api?.response === 'simple'
  const mismatch = mismatchOf(authorizer, isSimple)
  if (mismatch !== undefined) {
    problems.push(authorizer.problem('response_mismatch', mismatch.message, mismatch.mend))
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

type Mismatch = { readonly message: string; readonly mend: string }

function mismatchOf(
  { payloadVersion, simpleResponses }: Authorizer,
  isSimple: boolean,
): Mismatch | undefined {
  const takesPolicies = 'with payload 1.0 an HTTP API takes policies alone'
  if (payloadVersion === '1.0' && isSimple)
    return {
      message: `${takesPolicies}, and the manifest says "response: simple"`,
      mend: 'set AuthorizerPayloadFormatVersion to "2.0" and EnableSimpleResponses to true, or take response out of the manifest',
    }
  if (payloadVersion === '1.0' && simpleResponses)
    return {
      message: `${takesPolicies}, and EnableSimpleResponses is true`,
      mend: 'take EnableSimpleResponses out: simple responses need 2.0, and "response: simple" in the manifest',
    }
  if (simpleResponses === isSimple) return undefined
  const response = isSimple ? 'simple' : 'policy'
  return {
    message: `EnableSimpleResponses is ${simpleResponses}, and the manifest says "response: ${response}": every call would be a 500`,
    mend: `set EnableSimpleResponses to ${isSimple}, or mend response in the manifest`,
  }
}
