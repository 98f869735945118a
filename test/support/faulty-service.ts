import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { closeServer, listenOnLoopback } from '../../local/http/loopback.ts'

/** What a service does with a request in place of answering it soundly. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => void

/** An HTTP service of AWS that fails as it is told to, for the real SDK. Without a fault `up` answers. */
export type FaultyService = {
  readonly url: string
  /** Requests so far. */
  readonly asked: number
  /** Answers that are still open. */
  readonly open: number
  fault: Fault | undefined
  close(): Promise<void>
}

export async function startFaulty(up: RequestListener): Promise<FaultyService> {
  let asked = 0
  let open = 0
  const server = createServer((request, response) => {
    asked++
    open++
    response.once('close', () => {
      open--
    })
    if (service.fault === undefined) up(request, response)
    else service.fault(request, response)
  })
  const url = await listenOnLoopback(server, 0)
  const service: FaultyService = {
    url,
    get asked() {
      return asked
    },
    get open() {
      return open
    },
    fault: undefined,
    close: () => closeServer(server),
  }
  return service
}

export const hangs: Fault = () => {}

export const resets: Fault = (request) => {
  request.socket.resetAndDestroy()
}

/** The head of an answer and a part of its body. */
export const stalls: Fault = (_, response) => {
  response.writeHead(200, { 'content-type': 'text/xml', 'content-length': '500' }).write('<A')
}

/** A byte now and then, for ever. */
export const drips: Fault = (_, response) => {
  response.writeHead(200, { 'content-type': 'text/xml' })
  const timer = setInterval(() => response.write(' '), 50)
  response.once('close', () => clearInterval(timer))
}

/** An answer that is always the same, without the Date that an SDK would set its clock by. */
export function says(status: number, body: string, contentType = 'text/xml'): Fault {
  return (_, response) => {
    response.sendDate = false
    response.writeHead(status, { 'content-type': contentType }).end(body)
  }
}

/** An address where nothing listens. */
export async function nowhere(): Promise<string> {
  const server = createServer()
  const url = await listenOnLoopback(server, 0)
  await closeServer(server)
  return url
}
