/** The request context: condition keys in lower case, since their names have no case, each with its values. */
export type ConditionKeys = ReadonlyMap<string, readonly string[]>

/** From names to one value, several, or `undefined` for a key that the request does not have. An empty list is none. */
export type KeySource = Readonly<Record<string, string | readonly string[] | undefined>>

/** All of them together; a later source replaces what an earlier one said of a key. */
export function conditionKeys(...sources: readonly KeySource[]): ConditionKeys {
  const keys = new Map<string, readonly string[]>()
  for (const source of sources)
    for (const [name, value] of Object.entries(source)) {
      const values = typeof value === 'string' ? [value] : (value ?? [])
      if (values.length > 0) keys.set(name.toLowerCase(), values)
    }
  return keys
}

/** `aws:PrincipalTag/team` and its like. */
export function tagKeys(prefix: string, tags: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...tags].map(([key, value]) => [`${prefix}/${key}`, value]))
}
