import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Credentials } from '../broker/credentials.ts'
import { containerForm } from '../broker/formats.ts'
import { CommandError, exit, type Surroundings } from '../command.ts'

export type Endpoint = {
  readonly url: string
  /** What a client sends as `Authorization`, whole. */
  readonly authorization: string
  readonly close: () => void
}

/**
 * A container credentials endpoint (facts C1) on loopback, on a port of the system's choice. Other users of the machine
 * can reach it too, and so can a page in a browser: 256 random bits tell the command from them.
 */
export async function serveCredentials(
  credentials: () => Promise<Credentials>,
  complain: Surroundings['complain'],
): Promise<Endpoint> {
  const authorization = randomBytes(32).toString('base64url')
  const expected = digest(authorization)
  const tell = once(complain)
  const server = createServer((request, response) => {
    if (!timingSafeEqual(digest(request.headers.authorization ?? ''), expected))
      return refuse(response, 403, 'AccessDenied', 'the authorization is not that of this endpoint')
    if (request.method !== 'GET' || request.url !== path)
      return refuse(response, 404, 'NotFound', `this endpoint answers GET ${path}`)
    return void credentials().then(
      (found) => answer(response, 200, containerForm(found)),
      (error: unknown) => {
        // Else the command has ended, and this with it.
        if (server.listening) failed(response, error, tell)
      },
    )
  })
  const port = await listen(server)
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${port}${path}`, authorization, close }
}

const path = '/credentials'

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (cause: NodeJS.ErrnoException) => {
      const message = `no endpoint on loopback can be opened (${cause.code})`
      reject(new CommandError(exit.unknown, message, 'run it without --serve', { cause }))
    }
    server.once('error', failed).listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

/** Digests are of one length, which a comparison in constant time needs, and say nothing of where texts differ. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

type Tell = (error: unknown, text: string) => void

/** A failure that several requests meet is told once. */
function once(complain: Surroundings['complain']): Tell {
  let told: unknown
  return (error, text) => {
    if (error !== told) complain(text)
    told = error
  }
}

/** Some SDKs show their user no more than that there are no credentials, so standard error says why. */
function failed(response: ServerResponse, error: unknown, tell: Tell): void {
  const known =
    error instanceof CommandError
      ? error
      : new CommandError(exit.unknown, 'a fault in Postern itself', 'please report it')
  tell(error, `postern: no fresh credentials: ${known.message}\n  mend: ${known.mend}\n`)
  if (known.exitCode === exit.no) refuse(response, 403, 'AccessDenied', known.message)
  else refuse(response, 503, 'ServiceUnavailable', known.message)
}

/** SDKs read a container's error by either spelling (facts C1). */
function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  answer(response, status, { code, message, Code: code, Message: message })
}

function answer(response: ServerResponse, status: number, document: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(document))
}
