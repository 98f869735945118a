import { z } from 'zod'
import { parseClaimName } from './claim-name.ts'
import { keys, list, named, ruled, text } from './shapes.ts'

/** What one claim must be: text with wildcards, true or false, any of a list, or one of three maps. */
export type MatcherText =
  | string
  | boolean
  | readonly MatcherText[]
  | {
      readonly all?: readonly MatcherText[] | undefined
      readonly present?: true | undefined
      readonly number?: number | undefined
    }

const takes =
  "text ('*' within a segment, '**' across), true or false, a list (any of them), { all: [...] }, { present: true } or { number: 5 }"

const number = ruled(z.number({ error: 'a number' }), (value) =>
  Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value))
    ? undefined
    : {
        code: 'number_unsafe',
        message: 'is not a number that JSON readers agree on (up to 9007199254740991)',
        mend: 'let the issuer send it as text, and match the text in quotes',
      },
)

const matcherMap = keys({
  all: z
    .lazy(() => list(matcher, 'a list of matchers'))
    .optional()
    .meta({
      title: 'All of them',
      description: 'Every one must hold: of an array claim, of the words of a scope.',
    }),
  present: z
    .literal(true, { error: 'true' })
    .optional()
    .meta({ title: 'Present', description: 'The claim must be there, whatever it holds. Takes true alone.' }),
  number: number
    .optional()
    .meta({ title: 'Number', description: 'The claim must be this number, not text that looks like it.' }),
})

const matcherObject = ruled(matcherMap, (value) =>
  Object.keys(value).length === 1
    ? undefined
    : {
        code: 'one_of_several',
        message: 'takes exactly one of all, present, number',
        mend: 'keep one of them',
      },
)

export const matcher: z.ZodType<MatcherText, MatcherText> = z
  .union([text(takes), z.boolean(), z.lazy(() => list(matcher, takes)), matcherObject], { error: takes })
  .meta({
    id: 'matcher',
    title: 'Matcher',
    description:
      'Text the claim must equal, where * stands for characters other than / and :, ** for any, \\* for a star; true or false; a list, any of which may hold; { all: [...] }, { present: true } or { number: 5 }. Numbers stand in quotes or in { number: N }.',
  })

export const claimName = text(
  "a claim's name, or a JSON Pointer (RFC 6901) that begins with /",
  'claim_name_invalid',
  (name) => (parseClaimName(name) === undefined ? 'is not a JSON Pointer' : undefined),
)

/** Conditions on claims; an empty map would hold for everybody. */
export function conditions(title: string, description: string) {
  const map = named(claimName, matcher, 'a map from claims to what they must be')
  return map.meta({ title, description })
}
