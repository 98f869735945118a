import { z } from 'zod'
import { keys, oneOf, type Ruling, ruled, text } from '../../shared/manifest/shapes.ts'
import { didYouMean } from '../../shared/manifest/spelling.ts'
import { isOfBroker, reasons } from '../../shared/reason.ts'

/**
 * What a caller whose token holds can be told. The reasons of 401 are about the token, and `stage_unknown` about an
 * event that names no route.
 */
const decidable = [
  'granted',
  ...Object.entries(reasons).flatMap(([id, { http }]) =>
    http === 403 && id !== 'stage_unknown' && !isOfBroker(id) ? id : [],
  ),
]

const reason = ruled(z.string({ error: 'a reason' }).meta({ enum: decidable }), judgeReason)

function judgeReason(id: string): Ruling | undefined {
  if (decidable.includes(id)) return undefined
  const near = didYouMean(id, decidable)
  const mend = near === undefined ? `write one of ${decidable.join(', ')}` : `did you mean "${near}"?`
  const message = Object.hasOwn(reasons, id)
    ? `cannot be ${id}: a case begins after the checks of the token`
    : 'is not a reason'
  return { code: 'value_invalid', message, mend }
}

/** The decision that is due. */
export const expectation = keys({
  effect: oneOf(['allow', 'deny']).meta({ title: 'Effect', description: 'Whether the request is allowed.' }),
  reason: reason.optional().meta({ title: 'Reason', description: 'Why. Default: any reason will do.' }),
  roles: z
    .array(text('the name of a role'), { error: 'a list of roles' })
    .optional()
    .meta({ title: 'Roles', description: 'All the roles the caller has. Default: any roles will do.' }),
}).superRefine(({ effect, reason: id }, context) => {
  if (id === undefined || (effect === 'allow') === (id === 'granted')) return
  const mend =
    effect === 'allow'
      ? 'an allow has the reason granted'
      : 'a deny has another reason; or write effect: allow'
  const params = { code: 'value_invalid', mend }
  context.addIssue({ code: 'custom', path: ['reason'], message: `cannot be ${id} for ${effect}`, params })
})
