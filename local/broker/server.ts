import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { InvokeResult } from '../gateway/model.ts'
import { closeServer, listenOnLoopback } from '../http/loopback.ts'
import { readBody } from '../http/read-body.ts'

/** What Lambda takes in one synchronous call (facts I). */
const maxBodyBytes = 6 * 1024 * 1024

/** A function URL on loopback: each request is an event of payload 2.0, and what the function returns is the answer. */
export async function serveBroker(
  invoke: (event: { readonly rawPath: string }) => Promise<InvokeResult>,
  port: number,
): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer({ maxHeaderSize: 32 * 1024 }, (request, response) => {
    readBody(request, maxBodyBytes)
      .then(async (body) => {
        if (body === undefined) return send(response, tooLarge)
        send(response, answerOf(await invoke(eventOf(request, body))))
      })
      // A request that broke off. Nothing of it goes into the answer.
      .catch(() => send(response, failed))
  })
  const url = await listenOnLoopback(server, port)
  return { url, close: () => closeServer(server) }
}

function eventOf(request: IncomingMessage, body: Buffer): object & { readonly rawPath: string } {
  const { method = 'GET', url = '/', httpVersion } = request
  const [rawPath = '/', ...query] = url.split('?')
  const now = new Date()
  const event = {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString: query.join('?'),
    headers: headersOf(request),
    requestContext: {
      accountId: 'anonymous',
      apiId: 'broker',
      domainName: request.headers.host ?? '',
      domainPrefix: 'broker',
      http: {
        method,
        path: rawPath,
        protocol: `HTTP/${httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: now.toUTCString(),
      timeEpoch: now.getTime(),
    },
    body: body.length === 0 ? undefined : body.toString('base64'),
    isBase64Encoded: body.length > 0,
  }
  return event
}

/** By lower-case name; what came several times is joined by commas. */
function headersOf({ headersDistinct }: IncomingMessage): Record<string, string> {
  const named = Object.entries(headersDistinct)
  return Object.fromEntries(named.map(([name, values = []]) => [name, values.join(',')]))
}

type Answer = { statusCode: number; headers: Record<string, string>; body: string }

/** A function that threw, timed out or returned something else is a 502 by its URL. */
function answerOf(result: InvokeResult): Answer {
  const value = result.ok ? (result.value as Partial<Answer> | null) : undefined
  if (typeof value?.statusCode !== 'number') return failed
  const { statusCode, headers = {}, body = '' } = value
  return { statusCode, headers, body }
}

const failed: Answer = messageAnswer(502, 'Internal Server Error')
const tooLarge: Answer = messageAnswer(413, 'Request Entity Too Large')

function messageAnswer(statusCode: number, Message: string): Answer {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ Message }) }
}

function send(response: ServerResponse, { statusCode, headers, body }: Answer): void {
  if (response.destroyed) return
  response.writeHead(statusCode, headers)
  response.end(body)
}
