import { expect } from 'vitest'
import { explain } from '../../cli/explain.ts'
import { explanationText } from '../../cli/explain-text.ts'
import { reasonTexts } from '../../cli/reason-text.ts'
import type { Access } from '../../shared/access/access.ts'
import { type Reason, reasons } from '../../shared/reason.ts'
import { nowMs } from './token.ts'

/**
 * Asserts that `postern explain` on an event comes to the authorizer's reason, names one check as the one that failed,
 * with those before it passed and those behind it not reached, says how to mend it, and shows nothing of the token.
 */
export async function expectExplained(
  access: Access,
  event: unknown,
  reason: Reason,
  token: string,
): Promise<void> {
  const found = await explain({ access, event, publicRoutes: () => [], nowMs: () => nowMs })
  expect(found).toMatchObject({ effect: 'deny', reason, means: reasonTexts[reason].means })
  expect(found.mend).toBe(reasonTexts[reason].mend)
  const results = found.checks.map(({ result }) => result)
  const at = results.indexOf('failed')
  if (reason === 'internal_error') expect(at).toBe(-1)
  else expect(results).toEqual(results.map((_, i) => (i < at ? 'ok' : i === at ? 'failed' : 'not_reached')))
  const text = explanationText(found, (_, word) => word)
  expect(text).toContain(`mend:      ${found.mend}`)
  expect(text).toMatch(reasons[reason].fault === 'ours' ? /^decision {3}NONE /m : /^decision {3}DENY /m)
  const output = text + JSON.stringify(found)
  for (const part of token.replace(/^bearer +/i, '').split('.'))
    for (let start = 0; start + 24 <= part.length; start += 24)
      if (output.includes(part.slice(start, start + 24))) throw new Error('a piece of the token is shown')
}
