import { describe, expect, it } from 'vitest'
import type { AuthorizerAnswer } from '../../../local/gateway/answer.ts'
import { type CacheKey, createAnswerCache, maxCachedAnswers } from '../../../local/gateway/cache.ts'

const key: CacheKey = { apiId: 'a', stage: 's', authorizerId: 'z', values: ['v'] }
const answer: AuthorizerAnswer = { form: 'simple', isAuthorized: true, context: undefined }

describe('the cache of authorizer answers', () => {
  it('finds an answer under its own key alone: API, stage, authorizer and values all count', () => {
    const cache = createAnswerCache()
    cache.put(key, answer, 10)
    expect(cache.get(key, 9)).toBe(answer)
    for (const other of [
      { apiId: 'b' },
      { stage: 't' },
      { authorizerId: 'y' },
      { values: ['w'] },
      { values: ['v', ''] },
    ])
      expect(cache.get({ ...key, ...other }, 9)).toBeUndefined()
  })
  it('keeps it until its time, not a moment longer', () => {
    const cache = createAnswerCache()
    cache.put(key, answer, 10)
    expect(cache.get(key, 10)).toBeUndefined()
    expect(cache.get(key, 9)).toBeUndefined()
  })
  it('forgets one API or all', () => {
    const cache = createAnswerCache()
    const other = { ...key, apiId: 'b' }
    cache.put(key, answer, 10)
    cache.put(other, answer, 10)
    cache.flush('a')
    expect([cache.get(key, 0), cache.get(other, 0)]).toEqual([undefined, answer])
    cache.flush()
    expect(cache.get(other, 0)).toBeUndefined()
  })
  it('is bounded: the oldest goes first', () => {
    const cache = createAnswerCache()
    for (let n = 0; n <= maxCachedAnswers; n++) cache.put({ ...key, values: [String(n)] }, answer, 10)
    expect(cache.get({ ...key, values: ['0'] }, 0)).toBeUndefined()
    expect(cache.get({ ...key, values: ['1'] }, 0)).toBe(answer)
    expect(cache.get({ ...key, values: [String(maxCachedAnswers)] }, 0)).toBe(answer)
  })
})
