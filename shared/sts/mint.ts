import { setTimeout } from 'node:timers/promises'
import { PosternError } from '../error.ts'
import { assumeRoleOf } from './assume-role.ts'
import { mintTimeoutMs, type SendAssumeRole } from './client.ts'
import type { Lease } from './lease.ts'
import { readAnswer } from './read-answer.ts'
import type { Session } from './session.ts'
import { stsError } from './sts-error.ts'
import type { SendWebIdentity } from './web-identity.ts'

export type MintDependencies = {
  readonly send: SendAssumeRole
  /** For sessions by web identity; absent where the manifest has no `tokens`. */
  readonly sendWebIdentity?: SendWebIdentity | undefined
  /** Epoch milliseconds. */
  readonly nowMs: () => number
}

/**
 * Has STS make credentials for a session. Where it finds the session too large, once more without the optional tags,
 * and the lease says which those were. Throws `session_too_large`, and ours: `sts_refused`, `sts_throttled`,
 * `sts_unavailable`, the last within 2.5 s whatever STS does.
 */
export async function mint(session: Session, dependencies: MintDependencies): Promise<Lease> {
  const { nowMs } = dependencies
  const send = senderFor(session, dependencies)
  const signal = AbortSignal.timeout(mintTimeoutMs)
  const ask = async (one: Session, droppedTags: readonly string[]): Promise<Lease> => {
    const request = assumeRoleOf(one)
    return answered(signal, async () =>
      readAnswer(await beforeAbort(send(request, signal), signal), request, droppedTags, nowMs()),
    )
  }
  try {
    return await ask(session, [])
  } catch (error) {
    const known = stsError(error)
    const dropped = session.tags.filter((tag) => tag.optional).map(({ key }) => key)
    if (known.reason !== 'session_too_large' || dropped.length === 0) throw known
    return ask({ ...session, tags: session.tags.filter((tag) => !tag.optional) }, dropped).catch((again) => {
      throw stsError(again)
    })
  }
}

function senderFor({ webIdentity }: Session, { send, sendWebIdentity }: MintDependencies): SendAssumeRole {
  if (webIdentity === undefined) return send
  if (sendWebIdentity === undefined)
    throw new PosternError('signing_key_missing', 'there is nothing that signs a web identity')
  return (request, signal) => sendWebIdentity(request, webIdentity, signal)
}

/** Calls of STS for a request, where it turns them away or gives no sound answer. */
export const maxAttempts = 3
/** Longest wait before the second call, twice that before the third; any shorter one is as likely. */
export const retryWaitMs = 200

/** Asks again, after a wait by chance, while there is time: of several faults the last that STS itself gave is told. */
async function answered(signal: AbortSignal, ask: () => Promise<Lease>): Promise<Lease> {
  let last: PosternError | undefined
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask()
    } catch (error) {
      if (signal.aborted) throw last ?? late()
      last = stsError(error)
      const curable = last.reason === 'sts_throttled' || last.reason === 'sts_unavailable'
      if (!curable || attempt === maxAttempts) throw last
      await setTimeout(Math.random() * retryWaitMs * attempt)
      if (signal.aborted) throw last
    }
  }
}

/** The SDK ends most of its waits by the signal, but not all: it is not waited for beyond that. */
async function beforeAbort<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(late())
    signal.addEventListener('abort', onAbort, { once: true })
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

function late(): PosternError {
  return new PosternError('sts_unavailable', `STS did not answer within ${mintTimeoutMs} ms`)
}
