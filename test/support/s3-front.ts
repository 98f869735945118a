import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { closeServer, listenOnLoopback } from '../../local/http/loopback.ts'

/** What S3 was asked: when, by which key, and how it answered. */
export type S3Request = { readonly atMs: number; readonly accessKeyId: string; readonly status: number }

/** In front of S3, changing nothing: signatures are over the host that the client was told. */
export type S3Front = {
  readonly url: string
  readonly requests: readonly S3Request[]
  /** How long each answer is held back, so that a client with many requests outlasts its credentials. */
  delayMs: number
  clear(): void
  close(): Promise<void>
}

export async function startS3Front(behind: string): Promise<S3Front> {
  const requests: S3Request[] = []
  const server = createServer((asked, response) => pass(asked, response))

  function pass(asked: IncomingMessage, response: ServerResponse): void {
    const { method, url = '/', headers } = asked
    const accessKeyId = /Credential=(\w+)\//.exec(headers.authorization ?? '')?.[1] ?? ''
    const passed = request(`${behind}${url}`, { method, headers }, async (answer) => {
      const { statusCode: status = 500, headers: answered } = answer
      requests.push({ atMs: Date.now(), accessKeyId, status })
      if (front.delayMs > 0) await setTimeout(front.delayMs)
      answer.pipe(response.writeHead(status, answered))
    })
    passed.once('error', () => response.destroy())
    asked.pipe(passed)
  }

  const front: S3Front = {
    url: await listenOnLoopback(server, 0),
    requests,
    delayMs: 0,
    clear: () => void requests.splice(0),
    close: () => closeServer(server),
  }
  return front
}
