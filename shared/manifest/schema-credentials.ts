import { z } from 'zod'
import { conditionOperator } from './iam-condition.ts'
import { hasEarlyVariable } from './iam-variable.ts'
import { scopeName } from './scope-name.ts'
import { keys, list, named, oneOf, ruled, text, textLike, wholeNumber } from './shapes.ts'
import { type TemplateKind, wrongTemplates } from './template.ts'

// Facts B1: STS's own patterns and lengths.
const tagCharacters = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u
const roleArn = /^arn:aws(?:-[a-z]+)*:iam::[0-9]{12}:role\/[\w+=,.@/-]{1,1900}$/

const templated = (
  takes: string,
  kinds: readonly TemplateKind[],
  rest?: (text: string) => string | undefined,
) => text(takes, 'template_invalid', (value) => prefixed(wrongTemplates(value, kinds)) ?? rest?.(value))

const prefixed = (wrong: string | undefined) => (wrong === undefined ? undefined : `does not hold: ${wrong}`)

const oneOrMore = <S extends z.ZodType>(item: S, takes: string) =>
  z.union([item, list(item, takes)], { error: takes })

function wrongResource(value: string): string | undefined {
  if (value === '*') return undefined
  if (hasEarlyVariable(value))
    return "has a variable of IAM's before the fifth colon, where IAM replaces none"
  return /^arn:\S+$/.test(value.replace(/\$?\{[^}]*\}/g, 'x')) ? undefined : 'is not an ARN'
}

export const statement = keys({
  actions: list(
    textLike(/^(?:\*|[a-z0-9-]+:[A-Za-z0-9*?]+)$/, 'an action, as in s3:GetObject'),
    'a list of actions',
  ).meta({ title: 'Actions', description: 'IAM actions, as in s3:GetObject.' }),
  resources: list(templated('an ARN or *', ['claims', 'path'], wrongResource), 'a list of ARNs').meta({
    title: 'Resources',
    description:
      "ARNs; {claims.name} stands for a claim of the caller, $${aws:username} for IAM's own variable.",
  }),
  conditions: named(
    textLike(conditionOperator, "one of IAM's condition operators, as in StringLike"),
    named(
      textLike(/^[a-z0-9./-]+:[\w/:.@+=-]+$/i, 'a condition key, as in s3:prefix'),
      oneOrMore(templated('text', ['claims', 'path']), 'text or a list of texts'),
      'a map from condition keys to values',
    ),
    'a map from operators to keys and values',
  )
    .optional()
    .meta({ title: 'Conditions', description: "Conditions in IAM's own shape." }),
})

const tagValue = templated('a tag value of up to 256 characters', ['claims', 'path', 'text'], (value) => {
  // A claim has one character at least.
  const least = value.replace(/\{[^}]*\}/g, 'x')
  if (!tagCharacters.test(least)) return "holds what STS's tags cannot"
  return least.length > 256 ? `has ${least.length} characters or more, and STS takes 256` : undefined
})

const tag = z.union(
  [
    tagValue,
    keys({
      value: tagValue.meta({ title: 'Value', description: "The tag's value." }),
      optional: z.boolean({ error: 'true or false' }).default(false).meta({
        title: 'Optional',
        description: 'Whether the tag may be dropped where STS finds the session too large.',
      }),
      transitive: z.boolean({ error: 'true or false' }).default(false).meta({
        title: 'Transitive',
        description: 'Whether the tag stays when the session assumes another AWS role.',
      }),
    }),
  ],
  { error: 'text, or { value, optional, transitive }' },
)

const tagKey = text('a tag key of 1 to 128 characters', 'tag_invalid', (key) => {
  if (key.length > 128 || !tagCharacters.test(key)) return "is not a key that STS's tags can have"
  return key.toLowerCase().startsWith('aws:') ? 'begins with aws:, which AWS reserves' : undefined
})

const tags = ruled(named(tagKey, tag, 'a map from tag keys to values'), (value) => {
  const names = Object.keys(value)
  const distinct = new Set(names.map((key) => key.toLowerCase()))
  if (distinct.size < names.length)
    return {
      code: 'tag_invalid',
      message: 'has two keys that differ in case alone',
      mend: 'keep one of them',
    }
  return names.length > 50
    ? { code: 'tag_invalid', message: 'has more than 50 tags', mend: 'STS takes 50; leave some out' }
    : undefined
})

export const credentials = keys({
  roleArn: text('the ARN of an IAM role', 'value_invalid', (value) =>
    roleArn.test(value) || /[*?]/.test(value) ? undefined : "is not an IAM role's ARN",
  ).meta({
    title: 'AWS role',
    description: 'The ARN of the IAM role that callers may assume, without wildcards.',
  }),
  via: oneOf(['assume-role', 'web-identity']).default('assume-role').meta({
    title: 'Via',
    description: 'assume-role: up to an hour. web-identity: up to the AWS role’s own limit.',
  }),
  durationSeconds: wholeNumber(900, 43_200, 'duration_invalid').default(3600).meta({
    title: 'Duration',
    description: 'Length of a session, in seconds, 900 to 43200; by assume-role at most 3600.',
  }),
  maxDurationSeconds: wholeNumber(900, 43_200, 'duration_invalid').optional().meta({
    title: 'Longest duration',
    description: 'What a caller may ask for at most, in seconds. Default: durationSeconds.',
  }),
  endsWithToken: z
    .boolean({ error: 'true or false' })
    .default(false)
    .meta({ title: 'Ends with the token', description: 'Whether a session ends no later than the token.' }),
  externalId: textLike(/^[\w+=,.@:/-]{2,1224}$/, 'an external id of 2 to 1224 characters')
    .optional()
    .meta({ title: 'External id', description: "sts:ExternalId of the AWS role's trust policy." }),
  tags: tags
    .optional()
    .meta({ title: 'Session tags', description: 'Tags of the session; values may hold templates.' }),
  policyArns: ruled(
    list(
      textLike(/^arn:aws(?:-[a-z]+)*:iam::(?:[0-9]{12}|aws):policy\/[\w+=,.@/-]+$/, "a managed policy's ARN"),
      'a list of ARNs of managed policies',
    ),
    (arns) =>
      arns.length > 10
        ? {
            code: 'value_invalid',
            message: 'has more than 10 policies',
            mend: 'STS takes 10; leave some out',
          }
        : undefined,
  )
    .optional()
    .meta({ title: 'Managed policies', description: 'Up to 10 managed policies that narrow the session.' }),
  scopes: z
    .union(
      [
        named(
          textLike(
            scopeName,
            'a scope of printable characters (RFC 6749 section 3.3) without +, which stands between two',
            'name_invalid',
          ),
          list(statement, 'a list of statements'),
          'a map from scopes to statements',
        ),
        z.null(),
      ],
      { error: 'a map from scopes to statements; null, written out, lends the AWS role unnarrowed' },
    )
    .meta({
      title: 'Scopes',
      description: 'What callers may ask for, by name. null, written out, lends the AWS role unnarrowed.',
    }),
})
