import { type JsonObject, parseJsonObject } from '../../shared/json.ts'
import { type Reading, readClock } from './clock.ts'

const timeoutMs = 10_000
const maxBytes = 64 * 1024

export type Reply = {
  readonly status: number
  /** `WWW-Authenticate` */
  readonly challenge: string | undefined
  /** `undefined` where it is no small JSON object. */
  readonly body: JsonObject | undefined
  readonly clock: Reading | undefined
}
export type Unanswered = { readonly unanswered: string }

export type Asked = {
  readonly url: URL
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * One request, as a client without patience makes it: no second try, and no redirect is followed, since a token may be
 * in it. Unlike `getJson` it looks at the status and the clock of whoever answers, with or without a token.
 */
export async function probe(
  { url, method = 'GET', headers = {} }: Asked,
  nowMs: () => number,
): Promise<Reply | Unanswered> {
  const signal = AbortSignal.timeout(timeoutMs)
  const sentMs = nowMs()
  try {
    const response = await fetch(url, { method, headers, redirect: 'manual', signal })
    const clock = readClock(url.host, response.headers, sentMs, nowMs())
    const challenge = response.headers.get('www-authenticate') ?? undefined
    return { status: response.status, challenge, body: await readBody(response), clock }
  } catch {
    const why = signal.aborted ? `did not answer within ${timeoutMs / 1000} s` : 'cannot be reached'
    return { unanswered: `${url.host} ${why}` }
  }
}

async function readBody(response: Response): Promise<JsonObject | undefined> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > maxBytes) return undefined
    chunks.push(chunk)
  }
  return parseJsonObject(Buffer.concat(chunks))
}
