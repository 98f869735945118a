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
