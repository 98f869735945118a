import { request as httpRequest } from 'node:http'

/** A function behind the gateway: returns, throws, or answers `timeout`. */
export type FakeFunction = (event: Event, timeoutMs: number) => unknown

// biome-ignore lint/suspicious/noExplicitAny: events are what the suite looks into, member by member
export type Event = any

export const timeout = Symbol('the function does not answer in time')

/** A gateway under test. Another implementation than the local one needs no more than this to run the suite. */
export type Stand = {
  /** The address of an API's stage by the API's logical id, without a trailing slash. */
  readonly url: (api: string) => string
  /** What a function was called with, in order. */
  readonly calls: (functionId: string) => readonly Event[]
  readonly timeouts: (functionId: string) => readonly number[]
  /** The alias of each call, `undefined` for a function called by its own name. */
  readonly aliases: (functionId: string) => readonly (string | undefined)[]
  readonly advance: (seconds: number) => void
  readonly flush: () => void
  readonly close: () => Promise<void>
}

export type StartGateway = (
  template: object,
  functions: Readonly<Record<string, FakeFunction>>,
) => Promise<Stand>

export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  readonly json: Event
}

export type Sent = {
  readonly method?: string
  readonly headers?: readonly (readonly [string, string])[]
  readonly body?: string | Uint8Array
}

/** Sends a request as it stands: `fetch` would fold `..`, change header names and merge doubled headers. */
export function send(base: string, path: string, sent: Sent = {}): Promise<Answer> {
  const url = new URL(base)
  const headers = [['Host', url.host] as const, ...(sent.headers ?? [])]
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        host: url.hostname,
        port: url.port,
        method: sent.method ?? 'GET',
        path: url.pathname.replace(/\/$/, '') + path,
        headers: [
          ...headers.flat(),
          ...(sent.body === undefined ? [] : ['Content-Length', String(Buffer.byteLength(sent.body))]),
        ],
      },
      (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, json: parsed(text) })
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(sent.body)
  })
}

function parsed(text: string): Event {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const bearer: Sent = { headers: [['Authorization', 'Bearer a']] }

/** An answer that allows `resources`, which may be a function of the called ARN. */
export function allow(resource: string | readonly string[], context?: object): object {
  return policy([{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: resource }], context)
}

export function policy(statements: readonly object[], context?: object): object {
  const policyDocument = { Version: '2012-10-17', Statement: statements }
  return { principalId: 'bot', policyDocument, ...(context && { context }) }
}
