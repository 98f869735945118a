import type { ConstDirectiveNode, DocumentNode, FieldDefinitionNode } from 'graphql/language/ast.js'
import { Kind } from 'graphql/language/kinds.js'
// Not the package as a whole: that takes eight times as long to load (95 ms), and every command would wait for it.
import { parse } from 'graphql/language/parser.js'

/** A field of an object type, with the names of its directives and of its type's. */
export type SchemaField = {
  readonly type: string
  readonly name: string
  readonly directives: readonly string[]
  readonly ofType: readonly string[]
}

/** Fields of the types that operations begin with, and those of all other object types. */
export type SchemaFields = { readonly root: readonly SchemaField[]; readonly other: readonly SchemaField[] }

/** Where in the text the reader stopped; absent where it cannot say. */
export type SchemaSlip = { readonly line?: number; readonly column?: number }

/** Reads a schema in GraphQL's definition language (October 2021, section 3), `extend type` included. */
export function readSchemaFields(definition: string): SchemaFields | SchemaSlip {
  let document: DocumentNode
  try {
    document = parse(definition, { noLocation: true })
  } catch (error) {
    // Brackets by the thousand are a RangeError.
    const [at] = (error as { locations?: readonly SchemaSlip[] }).locations ?? []
    return { ...at }
  }
  const types = typesOf(document)
  const roots = rootTypes(document)
  const fieldsOf = (type: string): readonly SchemaField[] => {
    const { fields, directives } = types.get(type) ?? noType
    const byName = new Map(fields.map((field) => [field.name.value, namesOf(field.directives)]))
    return [...byName].map(([name, own]) => ({ type, name, directives: own, ofType: directives }))
  }
  const others = [...types.keys()].filter((type) => !roots.includes(type))
  return { root: roots.flatMap(fieldsOf), other: others.flatMap(fieldsOf) }
}

type ObjectType = { readonly fields: readonly FieldDefinitionNode[]; readonly directives: readonly string[] }
const noType: ObjectType = { fields: [], directives: [] }

function typesOf({ definitions }: DocumentNode): ReadonlyMap<string, ObjectType> {
  const types = new Map<string, ObjectType>()
  for (const node of definitions) {
    if (node.kind !== Kind.OBJECT_TYPE_DEFINITION && node.kind !== Kind.OBJECT_TYPE_EXTENSION) continue
    const { fields, directives } = types.get(node.name.value) ?? noType
    types.set(node.name.value, {
      fields: [...fields, ...(node.fields ?? [])],
      directives: [...directives, ...namesOf(node.directives)],
    })
  }
  return types
}

/** Those of `schema { query: … }`, else the three that go by their names. */
function rootTypes({ definitions }: DocumentNode): readonly string[] {
  const own = definitions.filter((node) => node.kind === Kind.SCHEMA_DEFINITION)
  const more = definitions.filter((node) => node.kind === Kind.SCHEMA_EXTENSION)
  const named = [...own, ...more].flatMap(({ operationTypes = [] }) => operationTypes.map(({ type }) => type))
  const fallback = own.length === 0 ? ['Query', 'Mutation', 'Subscription'] : []
  return [...new Set([...fallback, ...named.map(({ name }) => name.value)])]
}

function namesOf(directives: readonly ConstDirectiveNode[] = []): readonly string[] {
  return directives.map(({ name }) => name.value)
}
