import { isLoopback } from '../http/fetch-json.ts'

/** OpenID Connect Core section 2 bounds `sub` by 255 characters; issuers are held to the same. */
export const maxIssuerLength = 255
const maxUriLength = 2048

/** What is wrong with an issuer's URL, or `undefined`. Compared byte for byte later, so only one spelling is taken. */
export function wrongIssuerUrl(text: string): string | undefined {
  if (text.length > maxIssuerLength) return `is longer than ${maxIssuerLength} characters`
  if (text.includes('?')) return 'has a query (OpenID Connect Discovery section 3 forbids it)'
  return wrongUrl(text)
}

/** What is wrong with the address of a key set, or `undefined`. A query is fine: some providers need one. */
export function wrongKeysUri(text: string): string | undefined {
  return text.length > maxUriLength ? `is longer than ${maxUriLength} characters` : wrongUrl(text)
}

function wrongUrl(text: string): string | undefined {
  if (!/^[!-~]+$/.test(text)) return 'holds white space, a control character or one outside ASCII'
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:\/\//.test(text))
    return 'is not an absolute https URL (http on loopback alone)'
  if (text.includes('#')) return 'has a fragment'
  if (url.username !== '' || url.password !== '' || /^https?:\/\/[^/?]*@/.test(text)) return 'has user info'
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    return 'is http: anybody on the way could answer with keys of their own'
  const path = url.pathname
  if (path.includes('%')) return 'has a percent-escape in its path, which servers read differently'
  if (path.includes('//')) return 'has an empty path segment'
  const host = /^https?:\/\/[^/?]*/.exec(text)?.[0] ?? ''
  const spelled = host.toLowerCase() + text.slice(host.length)
  // Dot segments, backslashes, default ports, odd IP addresses: the parser writes those otherwise.
  if (url.href !== spelled && url.href !== `${spelled}/`) return `is not in its plain form, ${url.href}`
  return undefined
}
