/**
 * Decodes base64url as RFC 7515 section 2 defines it: no padding, no white space, no character of the standard
 * alphabet, no impossible length, no stray bits in the last character. `undefined` for anything else.
 *
 * Node's decoder passes over what it does not know, which shows in the length of what it returns, and takes the
 * standard alphabet as well, which does not. Of a character above U+00FF it takes the low byte (`Ł` for `A`), hence
 * the look for ASCII: 0.4 us for 800 characters, where encoding again and comparing takes 1.1.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  const rest = text.length % 4
  if (rest === 1 || bytes.length !== Math.floor((text.length * 3) / 4)) return undefined
  if (Buffer.byteLength(text) !== text.length) return undefined
  if (text.includes('+') || text.includes('/')) return undefined
  if (rest !== 0 && !(rest === 2 ? lastOfTwo : lastOfThree).includes(text.charAt(text.length - 1)))
    return undefined
  return bytes
}

/** The characters whose low four, or low two, bits are zero: the rest of the last byte. */
const lastOfTwo = 'AQgw'
const lastOfThree = 'AEIMQUYcgkosw048'
