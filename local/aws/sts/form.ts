/**
 * The members of a list in a query-protocol form, in the order of their numbers: each with its fields by name, or under
 * the empty name what stands at `List.member.1` itself.
 */
export function members(form: URLSearchParams, list: string): readonly ReadonlyMap<string, string>[] {
  const found = new Map<number, Map<string, string>>()
  for (const [key, value] of form) {
    const [head, word, index = '', ...field] = key.split('.')
    if (head !== list || word !== 'member' || !/^[1-9]\d{0,3}$/.test(index)) continue
    const member = found.get(Number(index)) ?? new Map<string, string>()
    found.set(Number(index), member.set(field.join('.'), value))
  }
  return [...found].sort(([a], [b]) => a - b).map(([, member]) => member)
}
