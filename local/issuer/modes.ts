import type { ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { discoveryPath } from './issuer.ts'

/** How an issuer answers for its discovery document and keys. Its token endpoint works on. */
export type Mode =
  | 'up'
  /** The connection is reset. */
  | 'down'
  /** The right answer, `delayMs` late. */
  | 'slow'
  /** 500. */
  | 'error'
  /** A body without an end. */
  | 'huge'
  /** 302 to the same document on another host. */
  | 'redirect'
  /** A discovery document of another issuer, with these keys. */
  | 'lying'
  /** 200, and not JSON. */
  | 'garbage'

export type ModeSetting = { readonly mode: Mode; readonly delayMs: number }

/** Beyond every timeout that a key fetch may have (design section 4: 1.5 s). */
export const usualDelayMs = 3000

type Reply = {
  readonly path: string
  readonly url: string
  readonly response: ServerResponse
  readonly answer: () => void
}

/** Answers one request for a document as the mode has it. `url` is the issuer's own on loopback. */
export function answerInMode({ mode, delayMs }: ModeSetting, { path, url, response, answer }: Reply): void {
  switch (mode) {
    case 'down':
      response.socket?.resetAndDestroy()
      return
    case 'slow':
      void answerLate(response, delayMs, answer)
      return
    case 'error':
      response.writeHead(500, { 'content-type': 'application/json' }).end('{"message":"internal error"}')
      return
    case 'huge':
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"keys":[')
      writeOn(response)
      return
    case 'redirect':
      response.writeHead(302, { location: `${elsewhere(url)}${path}?redirected` }).end()
      return
    case 'lying':
      if (path === discoveryPath) answerOfAnother(response, url)
      else answer()
      return
    case 'garbage':
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end('<!doctype html><title>Maintenance</title>')
      return
    case 'up':
      answer()
  }
}

async function answerLate(response: ServerResponse, delayMs: number, answer: () => void): Promise<void> {
  await wait(delayMs, undefined, { ref: false })
  if (!response.destroyed) answer()
}

function answerOfAnother(response: ServerResponse, url: string): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ issuer: 'https://another.example', jwks_uri: `${url}/jwks` }))
}

/** White space within the array, as fast as it is read, so that even a parser of streams finds no error. */
function writeOn(response: ServerResponse): void {
  const chunk = Buffer.alloc(65_536, ' ')
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  }
  response.on('drain', more)
  more()
}

/** `localhost` is another host than 127.0.0.1 and the same server: who follows gets the document, and is found out. */
function elsewhere(url: string): string {
  return url.replace('//127.0.0.1:', '//localhost:')
}
