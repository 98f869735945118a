import { attackAccess, attackClass, partnerUrl } from '../support/attacks.ts'
import { makeKey } from '../support/keys.ts'
import { baseClaims, minter, partsOf } from '../support/token.ts'

const key = makeKey('P-256', 'k1')
const mint = minter(key, 'ES256', baseClaims(partnerUrl))
const good = mint()
const [header, payload, signature] = partsOf(good)
const flattened = JSON.stringify({ protected: header, payload, signature })

attackClass('form', attackAccess({ partner: [key] }), {
  controls: [['three parts', good]],
  attacks: [
    ['one part', 'token_malformed', header],
    ['one part, empty', 'token_malformed', ''],
    ['two parts', 'token_malformed', `${header}.${payload}`],
    ['two parts, the signature first', 'token_malformed', `${signature}.${payload}`],
    ['four parts', 'token_malformed', `${good}.${signature}`],
    ['four parts, the last one empty', 'token_malformed', `${good}.`],
    ['four parts, the first one empty', 'token_malformed', `.${good}`],
    ['six parts', 'token_malformed', `${good}.${good}`],
    ['five parts', 'token_encrypted', `${good}.${header}.${payload}`],
    ['an empty header', 'token_malformed', `.${payload}.${signature}`],
    ['an empty payload', 'token_malformed', `${header}..${signature}`],
    ['an empty signature', 'signature_invalid', `${header}.${payload}.`],
    ['two dots alone', 'token_malformed', '..'],
    ['a thousand dots', 'token_malformed', '.'.repeat(1000)],
    ['the parts exchanged', 'header_invalid', `${signature}.${payload}.${header}`],
    ['the header in the place of the payload', 'signature_invalid', `${header}.${payload}.${header}`],
    ['a comma for the dots', 'token_ambiguous', good.replaceAll('.', ',')],
    ['in double quotes', 'encoding_invalid', `"${good}"`],
    ['in single quotes', 'encoding_invalid', `'${good}'`],
    ['in angle brackets', 'encoding_invalid', `<${good}>`],
    ['JSON serialisation, flattened', 'token_ambiguous', flattened],
    ['JSON serialisation of one member', 'token_malformed', `{"payload":"${payload}"}`],
    ['twice, joined by a comma', 'token_ambiguous', `${good},${good}`],
    ['twice, joined by a comma and a scheme', 'token_ambiguous', `${good}, Bearer ${good}`],
    ['behind a comma', 'token_ambiguous', `,${good}`],
    ['before a comma', 'token_ambiguous', `${good},`],
    ['with parameters, as RFC 9110 lets other schemes have', 'token_malformed', `${good}; realm=x`],
    ['null', 'token_malformed', 'null'],
    ['undefined', 'token_malformed', 'undefined'],
    ['[object Object]', 'token_malformed', '[object Object]'],
    ['an API key', 'token_malformed', 'a1b2c3d4e5f6'],
    ['64 kB of dots and letters', 'token_too_large', 'a.'.repeat(32_768)],
    ['8,193 characters', 'token_too_large', 'a'.repeat(8193)],
    ['8,192 characters', 'token_malformed', 'a'.repeat(8192)],
  ],
  values: [
    ['nothing', 'token_missing', ''],
    ['the scheme alone', 'token_malformed', 'Bearer'],
    ['the scheme and a space', 'token_malformed', 'Bearer '],
    ['a space', 'token_malformed', ' '],
    ['Bearer Bearer', 'token_malformed', `Bearer Bearer ${good}`],
    ['a tab behind the scheme', 'token_malformed', `Bearer\t${good}`],
    ['a space before the scheme', 'token_malformed', ` Bearer ${good}`],
    ['a space behind the token', 'token_malformed', `Bearer ${good} `],
    ['Basic', 'token_malformed', 'Basic dXNlcjpwYXNzd29yZA=='],
    ['Basic with the token', 'token_malformed', `Basic ${good}`],
    ['DPoP with the token', 'token_malformed', `DPoP ${good}`],
    ['a scheme of the client', 'token_malformed', `JWT ${good}`],
    ['a colon behind the scheme', 'token_malformed', `Bearer: ${good}`],
    ['a colon for the space', 'encoding_invalid', `Bearer:${good}`],
    ['no space behind the scheme', 'encoding_invalid', `Bearer${good}`],
    ['a percent escape for the space', 'encoding_invalid', `Bearer%20${good}`],
    ['a line of a header more', 'token_malformed', `Bearer ${good}\r\nX-Roles: admin`],
    ['two schemes', 'token_ambiguous', `Basic dXNlcjpw, Bearer ${good}`],
    [
      'a Signature Version 4 header',
      'token_ambiguous',
      'AWS4-HMAC-SHA256 Credential=AKIA/20260101/x, SignedHeaders=host, Signature=0',
    ],
  ],
})
