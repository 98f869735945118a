import { type JsonObject, parseJsonObject } from '../json.ts'

/** One fetch, headers to last byte. API Gateway's own JWT authorizer allows its key fetch the same (facts A7). */
export const timeoutMs = 1500
export const maxBytes = 256 * 1024
/** Redirects are followed on the same scheme, host and port alone. */
const maxRedirects = 2

/** Why a document could not be had. Its message names the host and what went wrong, never what was sent. */
export class FetchError extends Error {
  override readonly name = 'FetchError'
}

/**
 * GETs a JSON object over https, or http from a loopback address. Throws `FetchError` for anything else: another
 * status than 200, a body over 256 KiB, more than 1.5 s in all, a redirect to another host, text that is not JSON.
 */
export async function fetchJson(url: string): Promise<JsonObject> {
  const signal = AbortSignal.timeout(timeoutMs)
  let address = parse(url, url)
  for (let redirects = 0; ; redirects++) {
    const response = await get(address, signal)
    if (response.status >= 300 && response.status < 400) {
      await discard(response)
      address = redirected(address, response.headers.get('location'), redirects)
      continue
    }
    if (response.status !== 200) {
      await discard(response)
      throw new FetchError(`${address.host} answered ${response.status}`)
    }
    const value = parseJsonObject(await readBounded(response, address.host))
    if (!value) throw new FetchError(`${address.host} did not answer with a JSON object`)
    return value
  }
}

/** Whether keys may be fetched from there: https, or http on a loopback address. */
export function isFetchable(url: URL): boolean {
  if (url.username || url.password) return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
}

export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
}

function parse(text: string, from: string): URL {
  const url = URL.parse(text, from)
  if (url && isFetchable(url)) return url
  throw new FetchError(
    'keys are fetched over https alone (http on loopback), without a user name in the address',
  )
}

function redirected(from: URL, location: string | null, redirects: number): URL {
  if (redirects >= maxRedirects)
    throw new FetchError(`${from.host} redirected more than ${maxRedirects} times`)
  const to = parse(location ?? '', from.href)
  if (to.origin !== from.origin) throw new FetchError(`${from.host} redirected to another host`)
  return to
}

async function get(url: URL, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { signal, redirect: 'manual', headers: { accept: 'application/json' } })
  } catch (cause) {
    throw new FetchError(
      `${url.host} ${signal.aborted ? `did not answer within ${timeoutMs} ms` : 'could not be reached'}`,
      { cause },
    )
  }
}

async function readBounded(response: Response, host: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length
      if (bytes > maxBytes) break
      chunks.push(chunk)
    }
  } catch (cause) {
    throw new FetchError(`${host} broke off its answer or took over ${timeoutMs} ms`, { cause })
  }
  if (bytes > maxBytes) throw new FetchError(`${host} answered with more than ${maxBytes} bytes`)
  return Buffer.concat(chunks)
}

async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => undefined)
}
