import { describe, expect, test } from 'vitest'
import { accessOf } from '../support/access.ts'
import { expectAllowed } from '../support/answers.ts'
import {
  type Attack,
  attackAccess,
  attackClass,
  partnerUrl,
  withKeys,
  withResponse,
} from '../support/attacks.ts'
import { standOf } from '../support/calls.ts'
import { forms } from '../support/events.ts'
import { makeKey } from '../support/keys.ts'
import { baseClaims, minter, segment } from '../support/token.ts'

const key = makeKey('P-256', 'k1')
const mint = minter(key, 'ES256', baseClaims(partnerUrl))
const claims = JSON.stringify(baseClaims(partnerUrl))
const header = JSON.stringify({ alg: 'ES256', kid: 'k1' })
const with_ = (json: string, more: string) => `${json.slice(0, -1)},${more}}`
const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
const nestedObjects = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`

/** Not one plain JSON object, or read differently by different parsers. */
const broken = (json: string): readonly (readonly [string, string | Buffer])[] => [
  ['null', 'null'],
  ['true', 'true'],
  ['a number', '5'],
  ['a string', '"text"'],
  ['a string of the object', JSON.stringify(json)],
  ['an array', '[]'],
  ['an array of the object', `[${json}]`],
  ['white space', ' '],
  ['a byte order mark', Buffer.from(`\ufeff${json}`)],
  ['a NUL before', `\u0000${json}`],
  ['a NUL behind', `${json}\u0000`],
  ['UTF-16', Buffer.from(json, 'utf16le')],
  ['a byte of ISO 8859-1', Buffer.from(with_(json, '"x":"\u00e9"'), 'latin1')],
  [
    'an overlong "/" (C0 AF)',
    Buffer.concat([Buffer.from(`${json.slice(0, -1)},"x":"`), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]),
  ],
  [
    'a surrogate as UTF-8 (ED A0 80)',
    Buffer.concat([
      Buffer.from(`${json.slice(0, -1)},"x":"`),
      Buffer.from([0xed, 0xa0, 0x80]),
      Buffer.from('"}'),
    ]),
  ],
  [
    'a character cut off',
    Buffer.concat([Buffer.from(`${json.slice(0, -1)},"x":"`), Buffer.from([0xe2, 0x82]), Buffer.from('"}')]),
  ],
  ['cut off', json.slice(0, -1)],
  ['two objects', json + json],
  ['an object and junk', `${json}x`],
  ['a comma at the end', `${json.slice(0, -1)},}`],
  ['a comment', `${json}/* */`],
  ['names without quotes', '{alg:"ES256",kid:"k1"}'],
  ['single quotes', json.replaceAll('"', "'")],
  ['NaN', with_(json, '"x":NaN')],
  ['Infinity', with_(json, '"x":Infinity')],
  ['a hexadecimal number', with_(json, '"x":0x10')],
  ['a number that begins with a zero', with_(json, '"x":007')],
  ['a control character in a string', with_(json, '"x":"\n"')],
  ['an unknown escape', with_(json, '"x":"\\x41"')],
  ['a string without an end', with_(json, '"x":"y')],
  ['a duplicate member', with_(json, '"x":1,"x":1')],
  ['a duplicate member in an escape', with_(json, '"x":1,"\\u0078":2')],
  ['a duplicate member of a member', with_(json, '"x":{"y":1,"y":2}')],
  ['a duplicate member in an array', with_(json, '"x":[{"y":1},{"y":1,"y":2}]')],
  ['a duplicate member that hides another', with_(json, '"x":{"y":1},"x":2')],
  ['__proto__ twice', with_(json, '"__proto__":1,"__proto__":2')],
  ['33 levels of arrays', with_(json, `"x":${nested(32)}`)],
  ['33 levels of objects', with_(json, `"x":${nestedObjects(32)}`)],
  ['2,000 levels', with_(json, `"x":${nested(2000)}`)],
  ['2,000 levels without an end', with_(json, `"x":${'['.repeat(2000)}`)],
  ['2,000 ends', `${json}${']'.repeat(2000)}`],
]

const namesInEscapes = ['\\"', '\\\\', '\\n', '\\u0000', '\\u005c'].map(
  (name): Attack => [
    `payload: a name that needs an escape, ${name}`,
    'payload_invalid',
    mint({ claims: with_(claims, `"x${name}":1`) }),
  ],
)

const payloads = broken(claims).map(
  ([name, payload]): Attack => [`payload: ${name}`, 'payload_invalid', mint({ claims: payload })],
)
const headers = broken(header).map(
  ([name, text]): Attack => [`header: ${name}`, 'header_invalid', mint({ header: text })],
)

attackClass('JSON', attackAccess({ partner: [key] }), {
  controls: [
    ['as every library writes it', mint()],
    [
      'white space around every token',
      mint({ claims: JSON.stringify(JSON.parse(claims), null, '\t').replaceAll('":', '"\r\n: ') }),
    ],
    ['32 levels', mint({ claims: with_(claims, `"x":${nested(31)}`) })],
    [
      'escapes, quotes, colons and brackets in strings',
      mint({ claims: with_(claims, '"x":"\\\\\\"}:{[:\\\\","y":":"') }),
    ],
    ['one name at two levels', mint({ claims: with_(claims, '"x":{"sub":"y","x":{"x":1}}') })],
    ['characters beyond the basic plane', mint({ claims: with_(claims, '"x":"\u{1f600} \\ud83d\\ude00"') })],
    [
      'a name with a slash in an escape, as PHP writes it',
      mint({ claims: with_(claims, '"https:\\/\\/a":1') }),
    ],
    ['an empty name', mint({ claims: with_(claims, '"":{"":""}') })],
  ],
  attacks: [
    ...payloads,
    ...namesInEscapes,
    ...headers,
    ['payload: the first of two subs', 'payload_invalid', mint({ claims: with_(claims, '"sub":"admin"') })],
    ['payload: an empty one', 'token_malformed', mint({ claims: '' })],
    ['header: an empty one', 'token_malformed', mint({ header: '' })],
    ['payload: empty object', 'issuer_unknown', mint({ claims: '{}' })],
    ['header: empty object', 'header_invalid', mint({ header: '{}' })],
    ['payload: 5,000 levels', 'token_too_large', mint({ claims: with_(claims, `"x":${nested(5000)}`) })],
    ['header: 5,000 levels', 'token_too_large', mint({ header: with_(header, `"x":${nested(5000)}`) })],
    ['payload: 64 kB', 'token_too_large', mint({ claims: { x: 'x'.repeat(65_536) } })],
    ['header: 64 kB', 'token_too_large', mint({ header: { x: 'x'.repeat(65_536) } })],
    [
      'payload: a token in it (RFC 7519 section 5.2)',
      'payload_invalid',
      mint({ header: { cty: 'JWT' }, claims: mint() }),
    ],
    [
      'payload: compressed (RFC 7516 zip)',
      'payload_invalid',
      mint({ header: { zip: 'DEF' }, claims: Buffer.from('abcd', 'hex') }),
    ],
    ['header: typ as a number', 'header_invalid', mint({ header: { typ: 5 } })],
    ['header: typ null', 'header_invalid', mint({ header: { typ: null } })],
    ['header: of the payload', 'header_invalid', mint({ header: claims })],
    ['payload: of the header', 'issuer_unknown', `${segment(header)}.${segment(header)}.${segment(header)}`],
  ],
})

describe.each(forms)('names that V8 remembers (nodejs/node issue 63785), by $name', (form) => {
  test('a payload that nobody signed cannot rename a claim of the next token', async () => {
    const manifest = {
      version: 1,
      issuers: { partner: { type: 'oidc', issuer: partnerUrl, audience: ['orders'] } },
      roles: {
        reader: {
          description: 'Read orders',
          owner: 'team-orders@example.com',
          trust: [{ issuer: 'partner', anySubject: true, not: { 'https://p.example/blocked': true } }],
          routes: ['GET /orders', '$connect', 'Query.orders'],
        },
      },
    }
    const access = withKeys(accessOf(manifest), () => ({ jwks: { keys: [key.jwk] } }))
    const stand = standOf(withResponse(access, form.response))
    const blocked = mint({ claims: with_(claims, '"https:\\/\\/p.example\\/blocked":true') })
    // As many characters as the claim's name has, of the way it is written.
    const primer = segment(with_(claims, '"https:\\\\/\\\\/p.example\\\\/bloc":true'))
    const unsigned = `${segment(header)}.${primer}.AAAA`
    await stand.call(form.event(`Bearer ${unsigned}`))
    expect((await stand.call(form.event(`Bearer ${blocked}`))).record).toMatchObject({
      effect: 'deny',
      reason: 'role_none',
    })
    const free = mint()
    expectAllowed(form, await stand.call(form.event(`Bearer ${free}`)), free)
  })
})
