import { describe, expect, test } from 'vitest'
import type { Reason } from '../../shared/reason.ts'
import { authorizerReasons } from '../support/answers.ts'
import { standOf } from '../support/calls.ts'
import { restRequest } from '../support/events.ts'
import { expectExplained } from '../support/explained.ts'
import { defaultAccess, tokenOf, ways } from '../support/reason-ways.ts'

/** A fetch that comes to nothing is what one explanation sees of both; the command's own tests have its words. */
const byFetch: readonly string[] = ['keys_unavailable', 'keys_stale']
const rows = Object.entries(ways).filter(([reason]) => reason !== 'granted' && !byFetch.includes(reason))

describe('every reason, explained from the event of its call', () => {
  test.each(rows)('%s', async (reason, way) => {
    const { access = defaultAccess, form = restRequest, asked, change = (event) => event } = way
    const token = way.token ?? tokenOf('bot-1')
    const event = change(form.event(token === '' ? '' : `Bearer ${token}`, asked))
    expect((await standOf(access).call(event)).record.reason).toBe(reason)
    await expectExplained(access, event, reason as Reason, token)
  })

  test('and no reason is left out', () => {
    const explained = [...rows.map(([reason]) => reason), ...byFetch].sort()
    expect(explained).toEqual([...authorizerReasons].sort())
  })
})
