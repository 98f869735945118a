/**
 * The segments of a path that can be read in one way only, or `undefined`: no empty, `.` or `..` segment, no
 * trailing slash, no backslash, no control character, nothing at which a URL parser would end the path. `%` is
 * refused altogether, unless `encodedPaths` allows it; then an escape must be well formed UTF-8, needed (a character
 * that may stand in a path as itself has no second spelling, RFC 3986 section 6.2.2.2), and not stand for `/`, `\`,
 * `%` or a control character.
 */
export function canonicalPath(path: string, encodedPaths: 'refuse' | 'allow'): readonly string[] | undefined {
  if (path === '/') return []
  if (!path.startsWith('/') || forbidden.test(path) || endsPath.test(path) || emptyOrDots.test(path))
    return undefined
  if (path.includes('%') && (encodedPaths === 'refuse' || !escapesAreCanonical(path))) return undefined
  return path.slice(1).split('/')
}

// C0 and C1 controls, DEL and the backslash.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
const forbidden = /[\u0000-\u001f\u007f-\u009f\\]/
/** Where a query or a fragment begins, and what is trimmed: none can stand in a request's path as itself. */
const endsPath = /[?#]| $/
/**
 * A segment that is nothing, `.` or `..`. Servlet containers cut path parameters off before they resolve dots, so
 * `..;x` is `..` to them, and `;x` empty. Searched for once in the path, not segment by segment.
 */
const emptyOrDots = /\/\.{0,2}(?:[;/]|$)/
/** What RFC 3986 section 3.3 lets stand in a path unescaped, `/`, and `%`, whose escape would be a second decoding. */
const needsNoEscape = /[A-Za-z0-9._~!$&'()*+,;=:@/%-]/

function escapesAreCanonical(path: string): boolean {
  let decoded: string
  try {
    decoded = decodeURIComponent(path)
  } catch {
    return false
  }
  if (forbidden.test(decoded)) return false
  for (const [, hex] of path.matchAll(/%(..)/g))
    if (needsNoEscape.test(String.fromCharCode(Number.parseInt(hex as string, 16)))) return false
  return true
}
