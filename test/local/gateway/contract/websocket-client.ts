import type { IncomingMessage } from 'node:http'
import { WebSocket } from 'ws'
import type { Event, Stand } from './stand.ts'

export type Refused = { readonly status: number; readonly json: Event }

export type Opened = {
  readonly status: 101
  readonly protocol: string
  readonly send: (message: string | Uint8Array) => void
  /** The next message, also one that came before it was asked for. */
  readonly next: () => Promise<Event>
  readonly close: (code?: number, reason?: string) => void
  readonly closed: Promise<number>
}

export type Handshake = {
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly protocols?: readonly string[]
}

export const withToken: Handshake = { headers: { Authorization: 'Bearer a' } }

/** A client of a WebSocket API by its address `http://…`. */
export function connect(url: string, { path = '', headers = {}, protocols = [] }: Handshake = withToken) {
  return new Promise<Opened | Refused>((resolve, reject) => {
    const client = new WebSocket(url.replace(/^http/, 'ws') + path, [...protocols], { headers })
    const arrived: string[] = []
    let wake = () => {}
    client.on('message', (data) => {
      arrived.push(String(data))
      wake()
    })
    const closed = new Promise<number>((done) => client.on('close', done))
    client.on('error', reject)
    client.on('unexpected-response', (_, response) => resolve(refused(response)))
    client.on('open', () =>
      resolve({
        status: 101,
        protocol: client.protocol,
        send: (message) => client.send(message),
        next: async () => {
          while (arrived.length === 0) await new Promise<void>((more) => (wake = more))
          return JSON.parse(arrived.shift() ?? '')
        },
        close: (code, reason) => client.close(code, reason),
        closed,
      }),
    )
  })
}

/** As `connect`, for tests whose handshake has to succeed. */
export async function connected(url: string, handshake: Handshake = withToken): Promise<Opened> {
  const client = await connect(url, handshake)
  if ('json' in client) throw new Error(`the handshake was refused: ${client.status}`)
  return client
}

/** Waits until a function has been called so many times: `$disconnect` is told after the connection is gone. */
export async function calls(stand: Stand, functionId: string, count: number): Promise<readonly Event[]> {
  while (stand.calls(functionId).length < count) await new Promise((resolve) => setTimeout(resolve, 5))
  return stand.calls(functionId)
}

async function refused(response: IncomingMessage): Promise<Refused> {
  let text = ''
  for await (const chunk of response) text += chunk
  return { status: response.statusCode ?? 0, json: JSON.parse(text) }
}
