import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { closeServer, listenOnLoopback } from '../http/loopback.ts'
import { readBody } from '../http/read-body.ts'

/** A request as the services see it. */
export type HttpRequest = {
  readonly method: string
  /** As sent, still encoded. */
  readonly path: string
  /** Decoded, in the order sent. */
  readonly query: readonly (readonly [name: string, value: string])[]
  /** By lower-case name; what came several times is joined by commas, as signatures have it. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
}

export type HttpAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

/** `hang` and `reset` are for modes in which nothing is answered. */
export type Outcome = HttpAnswer | 'hang' | 'reset'

/** Enough for every test object. */
const maxBodyBytes = 16 * 1024 * 1024

/** Serves on 127.0.0.1 alone. `close` ends what still hangs. */
export async function serve(
  port: number,
  answer: (request: HttpRequest) => Outcome | Promise<Outcome>,
): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    readBody(request, maxBodyBytes)
      .then(async (body) =>
        send(request, response, body === undefined ? tooLarge : await answer(read(request, body))),
      )
      // A request that broke off, or a bug of the stand-in's own. Nothing of the request goes into the answer.
      .catch(() => response.writeHead(500).end())
  })
  return { url: await listenOnLoopback(server, port), close: () => closeServer(server) }
}

function read(request: IncomingMessage, body: Buffer): HttpRequest {
  const [path = '/', ...rest] = (request.url ?? '/').split('?')
  const headers = new Map<string, string>()
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = (request.rawHeaders[index] ?? '').toLowerCase()
    const value = (request.rawHeaders[index + 1] ?? '').trim()
    const before = headers.get(name)
    headers.set(name, before === undefined ? value : `${before},${value}`)
  }
  return { method: request.method ?? 'GET', path, query: readQuery(rest.join('?')), headers, body }
}

function readQuery(text: string): HttpRequest['query'] {
  return text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name = '', ...value] = pair.split('=')
      return [decoded(name), decoded(value.join('='))]
    })
}

/** Percent-decoded, or as it is where that is not possible. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const tooLarge: HttpAnswer = { status: 413, headers: {}, body: '' }

function send(request: IncomingMessage, response: ServerResponse, outcome: Outcome): void {
  if (outcome === 'hang') return
  if (outcome === 'reset') {
    response.socket?.resetAndDestroy()
    return
  }
  response.writeHead(outcome.status, outcome.headers)
  response.end(request.method === 'HEAD' ? undefined : outcome.body)
}
