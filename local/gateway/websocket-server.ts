import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Gateway } from './gateway.ts'
import type { GatewayAnswer } from './model.ts'
import { gatewayRequest, splitTarget } from './target.ts'
import type { Connection } from './websocket-api.ts'

/** API Gateway's limit on a message. Its 32 KB a frame, 10 idle minutes and 2 hours in all are not emulated. */
export const maxMessageBytes = 128 * 1024

export type WebSockets = {
  /** Takes over a connection of an HTTP server that wants to become a WebSocket. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  /** Ends every connection and handshake; resolves when the last `$disconnect` has been told. */
  readonly close: () => Promise<void>
}

export function createWebSockets(gateway: Gateway): WebSockets {
  const subprotocols = new WeakMap<IncomingMessage, string>()
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    clientTracking: false,
    // Without this, `ws` would choose one where on AWS the function behind $connect has to.
    handleProtocols: (offered, request) => {
      const chosen = subprotocols.get(request)
      return chosen !== undefined && offered.has(chosen) ? chosen : false
    },
  })
  const sockets = new Set<Duplex>()
  const running = new Set<Promise<void>>()

  async function serve(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const target = splitTarget(request.url ?? '/', gateway.apis)
    if (target?.type !== 'websocket') return refuse(socket, 403)
    // `ws` checks this too, but only when the functions have been asked already.
    if (!isHandshake(request)) return refuse(socket, 400)
    const opened = await gateway.connect(gatewayRequest(request, target, new Uint8Array()))
    if ('status' in opened) return refuse(socket, opened.status, opened)
    if (opened.subprotocol !== undefined) subprotocols.set(request, opened.subprotocol)
    if (socket.destroyed) return opened.disconnect(1006, '')
    await new Promise<void>((resolve, reject) => {
      const lost = () => resolve(opened.disconnect(1006, ''))
      socket.once('close', lost)
      server.handleUpgrade(request, socket, head, (client) => {
        socket.off('close', lost)
        attend(client, opened).then(resolve, reject)
      })
    })
  }

  return {
    upgrade: (request, socket, head) => {
      socket.on('error', () => socket.destroy())
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      // A bug of the emulator's own must not leave a client waiting.
      const run = serve(request, socket, head).catch(() => void socket.destroy())
      running.add(run)
      void run.finally(() => running.delete(run))
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await Promise.all(running)
    },
  }
}

function isHandshake({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    headers['sec-websocket-version'] === '13' &&
    /^[A-Za-z0-9+/]{22}==$/.test(headers['sec-websocket-key'] ?? '')
  )
}

/** Until the connection has ended and `$disconnect` has been told. */
async function attend(client: WebSocket, connection: Connection): Promise<void> {
  const receiving = new Set<Promise<void>>()
  async function receive(message: string): Promise<void> {
    const reply = await connection.receive(message)
    if (reply !== undefined && client.readyState === client.OPEN) client.send(reply)
  }
  // Not awaited one after the other: API Gateway keeps no order between messages either.
  client.on('message', (data, isBinary) => {
    // API Gateway takes text alone and closes with this code on anything else.
    if (isBinary) return client.close(1003, 'Binary is not supported')
    const work = receive(String(data)).catch(() => client.terminate())
    receiving.add(work)
    void work.finally(() => receiving.delete(work))
  })
  // What cannot be read is closed by `ws` itself, with 1009 where it is too long.
  client.on('error', () => {})
  const [code, reason] = await new Promise<[number, string]>((resolve) => {
    client.on('close', (code, reason) => resolve([code, String(reason)]))
  })
  await Promise.all([...receiving, connection.disconnect(code, reason)])
}

function refuse(socket: Duplex, status: number, answer?: GatewayAnswer): void {
  const body = answer?.body ?? Buffer.from(JSON.stringify({ message: STATUS_CODES[status] }))
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  socket.end(body)
}
