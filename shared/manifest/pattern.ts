import type { Matcher, Pattern } from '../access/access.ts'

/**
 * A matcher's text, compiled: `*` stands for zero or more characters other than "/" and ":", `**` for any, `\*` is a
 * star; a backslash before anything else is itself. Without a wildcard it is an equality.
 */
export function parsePattern(text: string): Matcher {
  const pieces: (string | 1 | 2)[] = []
  let literal = ''
  for (let at = 0; at < text.length; at++) {
    if (text.startsWith('\\*', at)) {
      literal += '*'
      at++
    } else if (text[at] === '*') {
      let stars = 1
      while (text[at + stars] === '*') stars++
      at += stars - 1
      if (literal !== '') pieces.push(literal)
      literal = ''
      // A third star adds nothing to `**`.
      pieces.push(stars === 1 ? 1 : 2)
    } else literal += text[at]
  }
  if (pieces.length === 0) return { equals: literal }
  if (literal !== '') pieces.push(literal)
  return { pattern: pieces satisfies Pattern }
}
