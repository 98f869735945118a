/**
 * IAM's evaluation of a policy document for one ARN, written from facts A3 alone: it shares no line with the renderer
 * it judges. Slow and plain on purpose.
 */
export type Document = {
  readonly Statement: readonly {
    readonly Effect: string
    readonly Action: string
    readonly Resource: readonly string[]
  }[]
}

/** An explicit deny wins, then an allow; what no statement matches is denied. */
export function evaluate(document: Document, arn: string): 'allow' | 'deny' {
  let verdict: 'allow' | 'deny' = 'deny'
  for (const { Effect, Action, Resource } of document.Statement) {
    if (Action !== 'execute-api:Invoke' || !Resource.some((pattern) => resourceMatches(pattern, arn)))
      continue
    if (Effect !== 'Allow') return 'deny'
    verdict = 'allow'
  }
  return verdict
}

/** `*` is any run of characters, `?` exactly one. By recursion from both ends of a star, remembering what failed. */
export function resourceMatches(pattern: string, text: string): boolean {
  const failed = new Set<number>()
  const from = (p: number, t: number): boolean => {
    if (p === pattern.length) return t === text.length
    const spot = p * (text.length + 1) + t
    if (failed.has(spot)) return false
    const found =
      pattern[p] === '*'
        ? from(p + 1, t) || (t < text.length && from(p, t + 1))
        : t < text.length && (pattern[p] === '?' || pattern[p] === text[t]) && from(p + 1, t + 1)
    if (!found) failed.add(spot)
    return found
  }
  return from(0, 0)
}
