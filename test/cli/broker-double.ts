import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'vitest'

/** A server that speaks the broker's part of the contract, so that answers no broker gives can be tried too. */
export type BrokerDouble = {
  readonly url: string
  /** Every request so far: `GET /path?query` and its authorization. */
  readonly asked: readonly Asked[]
  readonly close: () => void
}
export type Asked = { readonly line: string; readonly authorization: string | undefined }
export type Answer = {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** A text is sent as it stands; `undefined`: the connection is cut; `null`: no answer comes. */
  readonly body: object | string | null | undefined
}

export async function startBroker(answer: (count: number, asked: Asked) => Answer): Promise<BrokerDouble> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    const one = { line: `${request.method} ${request.url}`, authorization: request.headers.authorization }
    asked.push(one)
    const { status = 200, headers = {}, body } = answer(asked.length, one)
    if (body === undefined) return void request.socket.destroy()
    if (body === null) return
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, close }
}

export const token = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJib3QifQ.c2lnbmF0dXJl'
export const keys = {
  AccessKeyId: 'ASIAIOSFODNN7EXAMPLE',
  SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+it's/bPxRfiCYEXAMPLEKEY",
  Token: 'FwoGZXIvYXdzEBYaDExhbXBsZVNlc3Npb24=',
  AccountId: '123456789012',
}

/** What the broker grants, by default for an hour. */
export function granted(seconds = 3600): typeof keys & { readonly Expiration: string } {
  const expires = new Date(Date.now() + seconds * 1000).toISOString()
  return { ...keys, Expiration: expires.replace(/\.\d+Z$/, 'Z') }
}

export function refused(status: number, code: string, reason: string, text: string): Answer {
  const decisionId = 'f5b9a1de-0000-4000-8000-000000000000'
  const message = `${reason}: ${text} (decision ${decisionId})`
  return { status, body: { code, message, Code: code, Message: message, reason, decisionId } }
}

export function expectNoSecret(text: string): void {
  for (const secret of [token, keys.SecretAccessKey, keys.Token, keys.AccessKeyId, 'c2lnbmF0dXJl'])
    expect(text).not.toContain(secret)
}
