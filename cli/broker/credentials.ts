import type { JsonObject } from '../../shared/json.ts'
import { parseInstant } from '../../shared/manifest/instant.ts'
import { CommandError, exit } from '../command.ts'
import type { Borrowing } from './borrowing.ts'
import { getJson } from './get-json.ts'
import { refusalOf } from './refusal.ts'

/** Credentials as the broker gives them, each member of the shape that AWS gives it (facts B1, C1). */
export type Credentials = {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  /** `2026-11-22T09:00:00Z` */
  readonly expiration: string
  readonly expiresAtMs: number
  readonly accountId: string
}

/** Throws a CommandError: `no` for a refusal, `unknown` where the broker could not say, or gave no sound answer. */
export async function fetchCredentials(
  { url, token: source }: Borrowing,
  nowMs: () => number,
  signal?: AbortSignal,
): Promise<Credentials> {
  const token = await source.read(signal)
  const answer = await getJson({ who: 'the broker', url, authorization: `Bearer ${token}`, signal })
  if (answer.status !== 200) throw refusalOf(answer, url.host, token)
  return readCredentials(answer.body ?? {}, nowMs())
}

/** No white space, line break or control character gets through. */
const shapes = {
  AccessKeyId: /^\w{16,128}$/,
  SecretAccessKey: /^[\x21-\x7e]{1,256}$/,
  Token: /^[\x21-\x7e]{1,16384}$/,
  Expiration: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/,
  AccountId: /^\d{12}$/,
} as const

function readCredentials(body: JsonObject, nowMs: number): Credentials {
  const member = (name: keyof typeof shapes): string => {
    const value = body[name]
    if (typeof value === 'string' && shapes[name].test(value)) return value
    throw unsound(`the broker's answer has no ${name} as AWS writes it`)
  }
  const expiration = member('Expiration')
  const expires = parseInstant(expiration)
  if (expires === undefined) throw unsound("the broker's answer has no Expiration as AWS writes it")
  const expiresAtMs = expires * 1000
  if (expiresAtMs <= nowMs)
    throw new CommandError(
      exit.unknown,
      `the broker's credentials ended at ${expiration}, by the clock of this machine`,
      "set this machine's clock right",
    )
  return {
    accessKeyId: member('AccessKeyId'),
    secretAccessKey: member('SecretAccessKey'),
    sessionToken: member('Token'),
    expiration,
    expiresAtMs,
    accountId: member('AccountId'),
  }
}

function unsound(message: string): CommandError {
  return new CommandError(exit.unknown, message, 'check the address: it may not be that of a Postern broker')
}
