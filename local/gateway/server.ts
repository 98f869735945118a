import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { closeServer, listenOnLoopback } from '../http/loopback.ts'
import { readBody } from '../http/read-body.ts'
import type { Gateway } from './gateway.ts'
import type { GatewayAnswer } from './model.ts'
import { gatewayRequest, splitTarget } from './target.ts'
import { createWebSockets } from './websocket-server.ts'

/** API Gateway's payload limit. */
const maxBodyBytes = 10 * 1024 * 1024

/**
 * Serves every API at `/{apiId}/{stage}/…`, and one with the stage `$default` at `/{apiId}/…` too; WebSocket APIs by an
 * upgrade there. Loopback only.
 */
export async function listen(
  gateway: Gateway,
  port: number,
): Promise<{ url: string; close: () => Promise<void> }> {
  const webSockets = createWebSockets(gateway)
  // An Upgrade header to another API changes nothing: the request is a request, with its authorizer.
  const shouldUpgradeCallback = ({ url = '/' }: IncomingMessage) =>
    splitTarget(url, gateway.apis)?.type === 'websocket'
  const server = createServer({ maxHeaderSize: 32 * 1024, shouldUpgradeCallback }, (request, response) => {
    answer(gateway, request)
      .then((result) => send(response, result))
      // An answer that HTTP cannot carry, or a bug of the emulator's own. Nothing of the request goes into it.
      .catch(() => {
        for (const name of response.getHeaderNames()) response.removeHeader(name)
        send(response, { status: 500, headers: [], body: Buffer.from('{"message":"Internal Server Error"}') })
      })
  })
  server.on('upgrade', webSockets.upgrade)
  const url = await listenOnLoopback(server, port)
  return {
    url,
    close: async () => {
      const closed = closeServer(server)
      await webSockets.close()
      await closed
    },
  }
}

async function answer(gateway: Gateway, request: IncomingMessage): Promise<GatewayAnswer> {
  const target = splitTarget(request.url ?? '/', gateway.apis)
  if (target === undefined) return { status: 403, headers: [], body: Buffer.from('{"message":"Forbidden"}') }
  const body = await readBody(request, maxBodyBytes)
  if (body === undefined)
    return { status: 413, headers: [], body: Buffer.from('{"message":"Request Too Long"}') }
  return gateway.handle(gatewayRequest(request, target, body))
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
