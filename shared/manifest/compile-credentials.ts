import type { RoleCredentials, SessionTag, Statement, Template } from '../access/access.ts'
import { compileClaimName } from './compile-matcher.ts'
import type { RoleText } from './schema.ts'
import { piecesOf } from './template.ts'

type CredentialsText = NonNullable<RoleText['credentials']>

/** A role's `credentials` with every default filled in, and templates in pieces. */
export function compileCredentials(text: CredentialsText): RoleCredentials {
  const { roleArn, via, durationSeconds, endsWithToken, externalId } = text
  return {
    roleArn,
    via,
    durationSeconds,
    maxDurationSeconds: text.maxDurationSeconds ?? durationSeconds,
    endsWithToken,
    ...(externalId !== undefined && { externalId }),
    tags: Object.entries(text.tags ?? {}).map(([key, tag]) => compileTag(key, tag)),
    policyArns: text.policyArns ?? [],
    scopes: text.scopes && mapped(text.scopes, (statements) => statements.map(compileStatement)),
  }
}

type TagText = NonNullable<CredentialsText['tags']>[string]
type StatementText = NonNullable<CredentialsText['scopes']>[string][number]

function compileTag(key: string, tag: TagText): SessionTag {
  const { value, optional, transitive } =
    typeof tag === 'string' ? { value: tag, optional: false, transitive: false } : tag
  return { key, value: compileTemplate(value), optional, transitive }
}

export function compileStatement({ actions, resources, conditions }: StatementText): Statement {
  const statement = { actions, resources: resources.map(compileTemplate) }
  if (conditions === undefined) return statement
  return {
    ...statement,
    conditions: mapped(conditions, (keys) => mapped(keys, (values) => [values].flat().map(compileTemplate))),
  }
}

function compileTemplate(text: string): Template {
  return piecesOf(text).map((piece) =>
    typeof piece === 'string' ? piece : { claim: compileClaimName(piece.name), as: readAs[piece.kind] },
  )
}

const readAs = { claims: 'segment', path: 'path', text: 'text' } as const

/** In a table of its own names alone: `__proto__` is a name like any other. */
function mapped<A, B>(table: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(table).map(([name, value]) => [name, change(value)]))
}
