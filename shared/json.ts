/** A JSON value (RFC 8259), as tokens, key sets and discovery documents carry them. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject
export type JsonObject = { readonly [name: string]: Json }

/** Nesting beyond this is nobody's token; V8 itself would take 5,000 levels and more. */
export const maxDepth = 32

/**
 * Parses UTF-8 JSON whose top is an object, and refuses what two parsers could read differently:
 * invalid UTF-8 and a BOM (RFC 8259 section 8.1), duplicate members (RFC 7515 section 4), deep nesting.
 * Returns `undefined` for all of those, so that the caller names the reason that fits its place.
 */
export function parseJsonObject(bytes: Uint8Array): JsonObject | undefined {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    return undefined
  }
  const members = countMembersInText(text)
  if (members === undefined) return undefined
  let value: unknown
  try {
    value = JSON.parse(text.includes('\\') ? withPlainNames(text) : text)
  } catch {
    return undefined
  }
  // JSON.parse keeps the last of two members with one name, so a duplicate shows up as a missing member.
  return isJsonObject(value) && countMembers(value) === members ? value : undefined
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const quote = 0x22
const backslash = 0x5c

/** Counts `:` outside strings, which is the number of members; `undefined` past `maxDepth` or in an open string. */
function countMembersInText(text: string): number | undefined {
  let members = 0
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === quote) {
      i = endOfString(text, i + 1)
      if (i === -1) return undefined
    } else if (code === 0x3a) members++
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > maxDepth) return undefined
    } else if (code === 0x7d || code === 0x5d) depth--
  }
  return members
}

/** The position of the quote that closes a string begun before `from`, or -1. */
function endOfString(text: string, from: number): number {
  let end = text.indexOf('"', from)
  while (end !== -1) {
    let escapes = 0
    while (end - escapes > from && text.charCodeAt(end - escapes - 1) === backslash) escapes++
    if (escapes % 2 === 0) return end
    end = text.indexOf('"', end + 1)
  }
  return -1
}

/**
 * The same text with the escapes in names resolved. V8 13.6 (Node 24; nodejs/node issue 63785) compares a name with
 * the one that stood there in an earlier text, and does so before it resolves escapes: a stranger who sends a name
 * with backslashes first could rename the claim that an issuer writes as `"https:\/\/a"`. Throws for a name that
 * cannot do without escapes: that is nobody's claim.
 */
function withPlainNames(text: string): string {
  return text.replace(stringAndColon, (whole, literal: string, colon: string | undefined) => {
    if (colon === undefined || !literal.includes('\\')) return whole
    const name: string = JSON.parse(literal)
    if (needsEscape.test(name))
      throw new SyntaxError('a name with a quote, a backslash or a control character')
    return `"${name}"${colon}`
  })
}

const stringAndColon = /("[^"\\]*(?:\\.[^"\\]*)*")([ \t\r\n]*:)?/gs
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const needsEscape = /["\\\u0000-\u001f]/

/**
 * `for in` takes a ninth of the time of `Object.keys` (0.09 against 0.82 us). It would also meet an enumerable member
 * of a polluted `Object.prototype`, and then the count is too high and the text refused.
 */
function countMembers(value: JsonObject | readonly Json[]): number {
  let members = 0
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object' && item !== null) members += countMembers(item)
    return members
  }
  const object = value as JsonObject
  for (const name in object) {
    members++
    const inner = object[name]
    if (typeof inner === 'object' && inner !== null) members += countMembers(inner)
  }
  return members
}
