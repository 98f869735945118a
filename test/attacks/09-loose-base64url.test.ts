import { type Attack, attackAccess, attackClass, partnerUrl } from '../support/attacks.ts'
import { makeKey, signatureOf } from '../support/keys.ts'
import { baseClaims, minter, partsOf, segment, signed } from '../support/token.ts'

const key = makeKey('RSA', 'k1')
const claims = baseClaims(partnerUrl)
const mint = minter(key, 'RS256', claims)
const good = mint()
const [header, payload, signature] = partsOf(good)

/** Spellings of a segment that lax decoders read as the same bytes. */
const respelt: readonly (readonly [string, (text: string) => string])[] = [
  ['padded', (text) => text + '='.repeat((4 - (text.length % 4)) % 4 || 4)],
  ['padded once', (text) => `${text}=`],
  ['with padding in the middle', (text) => `${text.slice(0, 4)}=${text.slice(4)}`],
  [
    'with a full-width look-alike',
    (text) => `${String.fromCharCode(text.charCodeAt(0) + 0xfee0)}${text.slice(1)}`,
  ],
  ['with U+0141 or the like for its first letter', (text) => `${raised(text, 0)}${text.slice(1)}`],
  ['with a raised letter at its end', (text) => text.slice(0, -1) + raised(text, text.length - 1)],
  [
    'with a lone surrogate for a letter',
    (text) => `${String.fromCharCode(text.charCodeAt(0) + 0xd800)}${text.slice(1)}`,
  ],
  [
    'with a letter too many',
    (text) => text + 'A'.repeat(text.length % 4 === 1 ? 4 : (5 - (text.length % 4)) % 4 || 4),
  ],
  ['with a stray bit in the last letter', strayBit],
  ['with NUL', (text) => `${text.slice(0, 5)}\u0000${text.slice(5)}`],
  ['with an underscore that is not one', (text) => `${text}\u2017`],
  ['with a percent escape', (text) => `%${text.charCodeAt(0).toString(16)}${text.slice(1)}`],
  ['with an asterisk', (text) => `${text}*`],
]

function raised(text: string, at: number): string {
  return String.fromCharCode(text.charCodeAt(at) + 0x100)
}

/** Sets the lowest of the bits that the last letter has to spare; a whole number of bytes spares none, and gets two letters. */
function strayBit(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  if (text.length % 4 === 0) return `${text}AB`
  return text.slice(0, -1) + alphabet[alphabet.indexOf(text.at(-1)!) | 1]
}

const attacks = respelt.flatMap(([name, spell]): Attack[] => [
  [`the header ${name}`, 'encoding_invalid', `${spell(header)}.${payload}.${signature}`],
  [`the header ${name}, signed so`, 'encoding_invalid', signed(key, 'RS256', spell(header), payload)],
  [`the payload ${name}`, 'encoding_invalid', `${header}.${spell(payload)}.${signature}`],
  [`the payload ${name}, signed so`, 'encoding_invalid', signed(key, 'RS256', header, spell(payload))],
  [`the signature ${name}`, 'encoding_invalid', `${header}.${payload}.${spell(signature)}`],
])

/** The same bytes in the standard alphabet, which differs only in what a segment may not even hold. */
function standard(text: string): string {
  return text.replaceAll('-', '+').replaceAll('_', '/')
}

/** Mints until the signature has a letter that the two alphabets spell differently. */
function withSpecialLetters(): [string, string, string] {
  for (let n = 0; ; n++) {
    const parts = partsOf(mint({ claims: { n, marks: '\u00fb\u00ff\u00be?>~' } }))
    if (/[-_]/.test(parts[1]) && /[-_]/.test(parts[2])) return parts
  }
}
const special = withSpecialLetters()

/** RFC 7797: the payload stands there as it is, and the signature is over its own text. */
function unencoded(members: object, text: string): string {
  const head = segment({ alg: 'RS256', kid: 'k1', ...members })
  return `${head}.${text}.${signatureOf('RS256', key.privateKey, `${head}.${text}`).toString('base64url')}`
}
const json = JSON.stringify(claims).replaceAll(',', ' ').replaceAll('.', '')

attackClass('b64 and loose base64url', attackAccess({ partner: [key] }), {
  controls: [
    ['strict base64url', good],
    ['letters that the two alphabets spell differently', special.join('.')],
  ],
  attacks: [
    ...attacks,
    [
      'the payload in the standard alphabet',
      'encoding_invalid',
      signed(key, 'RS256', special[0], standard(special[1])),
    ],
    [
      'the signature in the standard alphabet',
      'encoding_invalid',
      [special[0], special[1], standard(special[2])].join('.'),
    ],
    [
      'b64 false, critical, with an encoded payload',
      'crit_unsupported',
      mint({ header: { b64: false, crit: ['b64'] } }),
    ],
    ['b64 false, not critical', 'crit_unsupported', mint({ header: { b64: false } })],
    ['b64 true, not critical', 'crit_unsupported', mint({ header: { b64: true } })],
    ['b64 null', 'crit_unsupported', mint({ header: { b64: null } })],
    [
      'b64 false with a payload as it is',
      'encoding_invalid',
      unencoded({ b64: false, crit: ['b64'] }, '{"sub":"x"}'.replaceAll('"', "'")),
    ],
    [
      'b64 false with a payload of letters alone',
      'payload_invalid',
      unencoded({ b64: false, crit: ['b64'] }, 'AAAA'),
    ],
  ],
  values: [
    [
      'white space within the payload',
      'token_malformed',
      `Bearer ${header}.${payload.slice(0, 9)} ${payload.slice(9)}.${signature}`,
    ],
    ['a line feed at the end', 'token_malformed', `Bearer ${good}\n`],
    [
      'a line feed within the signature',
      'token_malformed',
      `Bearer ${header}.${payload}.${signature.slice(0, 64)}\n${signature.slice(64)}`,
    ],
    ['a no-break space at the end', 'token_malformed', `Bearer ${good}\u00a0`],
    ['a byte order mark at the start', 'token_malformed', `\ufeff${good}`],
    ['a payload as JSON', 'token_malformed', `Bearer ${header}.${json}.${signature}`],
  ],
})
