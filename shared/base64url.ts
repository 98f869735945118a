/**
 * Decodes base64url as RFC 7515 section 2 defines it: no padding, no white space, no character of the
 * standard alphabet, no impossible length, no stray bits in the last character. `undefined` for anything else.
 * Node's own decoder accepts all of those, so the text is held against what the bytes encode to.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}
