import { PosternError } from '../error.ts'
import { type AssumeRole, assumeRoleOf } from './assume-role.ts'
import { mintTimeoutMs, type SendAssumeRole } from './client.ts'
import type { Lease } from './lease.ts'
import { readAnswer } from './read-answer.ts'
import type { Session } from './session.ts'
import { stsError } from './sts-error.ts'

export type MintDependencies = {
  readonly send: SendAssumeRole
  /** Epoch milliseconds. */
  readonly nowMs: () => number
}

/**
 * Has STS make credentials for a session. Where it finds the session too large, once more without the optional tags,
 * and the lease says which those were. Throws `session_too_large`, and ours: `sts_refused`, `sts_throttled`,
 * `sts_unavailable`, the last within 2.5 s whatever STS does.
 */
export async function mint(session: Session, { send, nowMs }: MintDependencies): Promise<Lease> {
  const signal = AbortSignal.timeout(mintTimeoutMs)
  const ask = async (one: Session, droppedTags: readonly string[]): Promise<Lease> => {
    const request = assumeRoleOf(one)
    return readAnswer(await answered(send, request, signal), request, droppedTags, nowMs())
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

/** The SDK ends its waits by the signal, most of them: it is not waited for beyond that. */
async function answered(send: SendAssumeRole, request: AssumeRole, signal: AbortSignal) {
  signal.throwIfAborted()
  const late = new PosternError('sts_unavailable', `STS did not answer within ${mintTimeoutMs} ms`)
  return new Promise<Awaited<ReturnType<SendAssumeRole>>>((resolve, reject) => {
    const onAbort = () => reject(late)
    signal.addEventListener('abort', onAbort, { once: true })
    send(request, signal)
      .then(resolve, (error) => reject(signal.aborted ? late : error))
      .finally(() => signal.removeEventListener('abort', onAbort))
  })
}
