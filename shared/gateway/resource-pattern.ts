import { methods } from './route.ts'

/**
 * The Resource patterns that cover a route below an ARN prefix: `{x}` is `?*`, `{proxy+}` is `?*`, ANY is every
 * method by name, since a `*` there would cross the `/` (facts A3). `key` is a route key (`GET /orders/{}`).
 */
export function resourcePatterns(prefix: string, key: string): readonly string[] {
  if (key === 'ANY $default') return [`${prefix}/*`]
  const space = key.indexOf(' ')
  const path = key.slice(space + 1).replace(/\{\+?\}/g, '?*')
  const method = key.slice(0, space)
  return (method === 'ANY' ? methods : [method]).map((one) => `${prefix}/${one}${path}`)
}

/** IAM's wildcards: `*` is any run of characters, `/` among them, `?` exactly one. The whole text must match. */
export function matchesResource(pattern: string, text: string): boolean {
  let at = 0
  let star = -1
  let resume = 0
  let i = 0
  while (i < text.length) {
    const wanted = pattern[at]
    if (wanted === '*') {
      star = at++
      resume = i
    } else if (wanted === '?' || wanted === text[i]) {
      at++
      i++
    } else if (star !== -1) {
      at = star + 1
      i = ++resume
    } else return false
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}
