/** Any run of characters, also none: IAM's `*`. */
export const anyRun = 0
/** Exactly one character: IAM's `?`. */
export const anyOne = 1

/** A text with wildcards, one item a character, so that what a variable put in is never taken for a wildcard. */
export type Pattern = readonly (string | typeof anyRun | typeof anyOne)[]

/** Every character for itself. */
export function literal(text: string): Pattern {
  return [...text]
}

/** `*` and `?` as wildcards, the rest for itself. */
export function wildcards(text: string): Pattern {
  return [...text].map((character) => (character === '*' ? anyRun : character === '?' ? anyOne : character))
}

/** Linear in pattern times text: after a mismatch only the last `*` can take more. */
export function matches(pattern: Pattern, text: string): boolean {
  const characters = [...text]
  let at = 0
  let read = 0
  let star = -1
  let taken = 0
  while (read < characters.length) {
    const item = pattern[at]
    if (item === anyRun) {
      star = at++
      taken = read
    } else if (item === anyOne || (item !== undefined && item === characters[read])) {
      at++
      read++
    } else if (star < 0) {
      return false
    } else {
      at = star + 1
      read = ++taken
    }
  }
  while (pattern[at] === anyRun) at++
  return at === pattern.length
}
