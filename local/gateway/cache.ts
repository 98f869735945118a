import type { AuthorizerAnswer } from './answer.ts'

/** Entries kept over all APIs; the oldest goes first. AWS states no bound, a test machine needs one. */
export const maxCachedAnswers = 10_000

/**
 * Authorizer answers by API, stage, authorizer and the values of its identity sources, and nothing else of the request
 * (facts A6): the answer, not the verdict, is what is kept, so a policy is evaluated again for each request.
 */
export type AnswerCache = {
  readonly get: (key: CacheKey, nowMs: number) => AuthorizerAnswer | undefined
  readonly put: (key: CacheKey, answer: AuthorizerAnswer, untilMs: number) => void
  readonly flush: (apiId?: string) => void
}

export type CacheKey = {
  readonly apiId: string
  readonly stage: string
  readonly authorizerId: string
  readonly values: readonly string[]
}

export function createAnswerCache(): AnswerCache {
  const entries = new Map<
    string,
    { readonly apiId: string; readonly answer: AuthorizerAnswer; readonly untilMs: number }
  >()
  const textOf = (key: CacheKey) => JSON.stringify([key.apiId, key.stage, key.authorizerId, ...key.values])
  return {
    get: (key, nowMs) => {
      const text = textOf(key)
      const entry = entries.get(text)
      if (entry === undefined) return undefined
      if (nowMs < entry.untilMs) return entry.answer
      entries.delete(text)
      return undefined
    },
    put: (key, answer, untilMs) => {
      const oldest = entries.keys().next()
      if (entries.size >= maxCachedAnswers && !oldest.done) entries.delete(oldest.value)
      entries.set(textOf(key), { apiId: key.apiId, answer, untilMs })
    },
    flush: (apiId) => {
      for (const [text, entry] of entries)
        if (apiId === undefined || entry.apiId === apiId) entries.delete(text)
    },
  }
}
