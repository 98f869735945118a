import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Gateway } from './gateway.ts'
import type { GatewayAnswer } from './model.ts'

/** API Gateway's payload limit. */
const maxBodyBytes = 10 * 1024 * 1024

/** Serves every API at `/{apiId}/{stage}/…`, and one with the stage `$default` at `/{apiId}/…` too. Loopback only. */
export async function listen(
  gateway: Gateway,
  port: number,
): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer({ maxHeaderSize: 32 * 1024 }, (request, response) => {
    answer(gateway, request)
      .then((result) => send(response, result))
      // An answer that HTTP cannot carry, or a bug of the emulator's own. Nothing of the request goes into it.
      .catch(() => {
        for (const name of response.getHeaderNames()) response.removeHeader(name)
        send(response, { status: 500, headers: [], body: Buffer.from('{"message":"Internal Server Error"}') })
      })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(gateway: Gateway, request: IncomingMessage): Promise<GatewayAnswer> {
  const target = splitTarget(request.url ?? '/', gateway)
  if (target === undefined) return { status: 403, headers: [], body: Buffer.from('{"message":"Forbidden"}') }
  const body = await readBody(request)
  if (body === undefined)
    return { status: 413, headers: [], body: Buffer.from('{"message":"Request Too Long"}') }
  return gateway.handle({
    ...target,
    method: request.method ?? 'GET',
    headers: pairs(request.rawHeaders),
    body,
    sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
  })
}

type Target = { apiId: string; stage: string; path: string; query: string }

/** Cuts the target as it stands on the wire; a URL parser would already have folded `..` and `//`. */
function splitTarget(url: string, gateway: Gateway): Target | undefined {
  const mark = url.indexOf('?')
  const whole = mark === -1 ? url : url.slice(0, mark)
  const query = mark === -1 ? '' : url.slice(mark + 1)
  const [, apiId, rest = ''] = /^\/([a-z0-9]+)(\/.*)?$/.exec(whole) ?? []
  const api = gateway.apis.find((each) => each.apiId === apiId)
  if (api === undefined) return undefined
  const [, stage, path = ''] = /^\/([^/]*)(\/.*)?$/.exec(rest) ?? []
  const named = stage === api.stage || (api.stage === '$default' && stage === '%24default')
  if (named) return { apiId: api.apiId, stage: api.stage, path: path || '/', query }
  return api.stage === '$default'
    ? { apiId: api.apiId, stage: api.stage, path: rest || '/', query }
    : undefined
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    // Read on to the end, so that the answer still reaches the client.
    if (bytes <= maxBodyBytes) chunks.push(chunk)
  }
  return bytes <= maxBodyBytes ? Buffer.concat(chunks) : undefined
}

function pairs(rawHeaders: readonly string[]): [string, string][] {
  const headers: [string, string][] = []
  for (let at = 0; at < rawHeaders.length; at += 2)
    headers.push([rawHeaders[at] ?? '', rawHeaders[at + 1] ?? ''])
  return headers
}

function send(response: ServerResponse, result: GatewayAnswer): void {
  response.statusCode = result.status
  for (const [name, value] of result.headers) {
    if (hopByHop.has(name.toLowerCase())) continue
    response.appendHeader(name, value)
  }
  response.end(result.body)
}

/** Headers of one connection; the server frames the answer itself. */
const hopByHop = new Set(['connection', 'content-length', 'keep-alive', 'transfer-encoding', 'upgrade'])
