import { setTimeout as wait } from 'node:timers/promises'
import { type JsonObject, parseJsonObject } from '../../shared/json.ts'
import { CommandError, exit } from '../command.ts'

/** One GET, headers to last byte: a broker that just started waits for an issuer's keys and for STS. */
const timeoutMs = 10_000
const maxBytes = 64 * 1024
const maxRetries = 2
const longestFirstWaitMs = 400

/** `body` is `undefined` where it is no JSON object. */
export type Answer = { readonly status: number; readonly body: JsonObject | undefined }

export type Get = {
  /** As a message names who answers: "the broker". */
  readonly who: string
  readonly url: URL
  readonly authorization: string
  readonly signal?: AbortSignal | undefined
}

/**
 * GETs a small JSON document. What a 5xx or a broken connection leaves open is asked at most twice more. No redirect
 * is followed: the credential in the header is for this address alone. Throws a CommandError where no answer came; its
 * message names the host and what went wrong, never what was sent.
 */
export async function getJson(get: Get): Promise<Answer> {
  for (let retries = 0; ; retries++) {
    const answer = await getOnce(get).catch((error: unknown) => {
      if (error instanceof Unreachable && retries < maxRetries && !get.signal?.aborted) return undefined
      throw error
    })
    if (answer !== undefined && (answer.status < 500 || retries === maxRetries)) return answer
    // The whole span by chance, so that what failed together does not come back together.
    await wait(Math.random() * longestFirstWaitMs * 2 ** retries, undefined, { signal: get.signal })
  }
}

class Unreachable extends CommandError {}

async function getOnce({ who, url, authorization, signal }: Get): Promise<Answer> {
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(url, {
      headers: { authorization, accept: 'application/json' },
      redirect: 'manual',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    })
    const bytes = await readBounded(response)
    if (bytes !== undefined) return { status: response.status, body: parseJsonObject(bytes) }
  } catch (cause) {
    const why = timeout.aborted ? `did not answer within ${timeoutMs / 1000} s` : 'cannot be reached'
    const mend = 'check the address, the network and the certificate of the host, then try again'
    throw new Unreachable(exit.unknown, `${who} at ${url.host} ${why}${codeOf(cause)}`, mend, { cause })
  }
  throw new CommandError(
    exit.unknown,
    `${who} at ${url.host} answered with more than ${maxBytes} bytes`,
    'check the address: something else answers there',
  )
}

async function readBounded(response: Response): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > maxBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** ` (ECONNREFUSED)`: a code of the system's or of TLS, and no text of anybody's. */
function codeOf(error: unknown): string {
  const code = ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code
  return typeof code === 'string' && /^[A-Z0-9_]+$/.test(code) ? ` (${code})` : ''
}
