import { inspect } from 'node:util'
import { afterEach, beforeEach, expect, vi } from 'vitest'
import { createBroker } from '../../functions/broker/broker.ts'
import type { HttpAnswer } from '../../functions/broker/call.ts'
import type { Json } from '../../shared/json.ts'
import type { Identities } from '../../shared/state/identities.ts'
import { createSts } from '../../shared/sts/client.ts'
import { askByWebIdentity, askCredentials, brokerAccess, codeOf, stsEvent, tokenFor } from './broker.ts'

/** What a call came to, and how long it took. */
export type Told = {
  readonly status: number
  /** Of the protocol's own: STS's, or the container's JSON. */
  readonly code: string | undefined
  readonly answer: string
  readonly record: Readonly<Record<string, Json>>
  readonly line: string
  readonly tookMs: number
}

export type LiveBroker = {
  /** `GET /credentials/exporter`, by the token of a bot of this name. */
  container(bot: string): Promise<Told>
  webIdentity(bot: string): Promise<Told>
  callerIdentity(accessKeyId: string): Promise<Told>
}

/** The caller's token is good by the wall clock, which the SDK signs by. */
export function liveToken(bot: string): string {
  return tokenFor({ sub: bot, exp: Math.floor(Date.now() / 1000) + 3600, iat: undefined, nbf: undefined })
}

/** A broker that lives now, on the real SDK, as the environment is at its first call. */
export function liveBroker(identities?: Identities, nowMs: () => number = Date.now): LiveBroker {
  const lines: string[] = []
  const broker = createBroker(brokerAccess, {
    fetchJson: async () => {
      throw new Error('keys are pinned')
    },
    nowMs,
    send: createSts(),
    identities,
    emit: (line) => lines.push(line),
  })
  const tell = async (event: object): Promise<Told> => {
    const start = performance.now()
    const answer = await broker(event, {})
    const tookMs = performance.now() - start
    const line = lineOf(lines, answer)
    return {
      status: answer.statusCode,
      code: codeOf(answer.body) ?? /"code":"(\w+)"/.exec(answer.body)?.[1],
      answer: answer.body,
      record: JSON.parse(line),
      line,
      tookMs,
    }
  }
  return {
    container: (bot) => tell(askCredentials('exporter?scope=read', liveToken(bot))),
    webIdentity: (bot) => tell(askByWebIdentity({ WebIdentityToken: liveToken(bot) })),
    callerIdentity: (accessKeyId) =>
      tell(
        stsEvent(
          { Action: 'GetCallerIdentity' },
          { authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/x` },
        ),
      ),
  }
}

/** Calls run beside each other, so an answer finds its record by the ids that both have, or the access key. */
function lineOf(lines: readonly string[], { body }: HttpAnswer): string {
  const found = lines.findLast((line) => {
    const { decisionId, accessKeyId } = JSON.parse(line)
    return body.includes(decisionId) || (accessKeyId !== undefined && body.includes(accessKeyId))
  })
  if (found === undefined) throw new Error('a call without a record')
  return found
}

/** Beside its records the broker says nothing, on standard output or standard error, whatever happens. */
export function useQuiet(): void {
  let said: string[] = []
  const hear = (...parts: unknown[]) => {
    said.push(parts.map((part) => (typeof part === 'string' ? part : inspect(part))).join(' '))
    return true
  }
  beforeEach(() => {
    said = []
    for (const name of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const)
      vi.spyOn(console, name).mockImplementation(hear)
    vi.spyOn(process.stdout, 'write').mockImplementation(hear)
    vi.spyOn(process.stderr, 'write').mockImplementation(hear)
    process.on('warning', hear)
  })
  afterEach(() => {
    process.off('warning', hear)
    vi.restoreAllMocks()
    expect(said.join('\n')).toBe('')
  })
}
