import {
  type Attack,
  attackAccess,
  attackClass,
  otherUrl,
  partnerUrl,
  peopleUrl,
  staffUrl,
} from '../support/attacks.ts'
import { makeKey } from '../support/keys.ts'
import { baseClaims, type Members, minter } from '../support/token.ts'

const key = makeKey('P-256', 'k1')
const staff = makeKey('RSA', 'staff')
const people = makeKey('RSA', 'people')
const mint = minter(key, 'ES256', baseClaims(partnerUrl))
const withIss = (iss: unknown) => mint({ claims: { iss } })
const withAud = (aud: unknown) => mint({ claims: { aud } })
const cognito: Members = {
  ...baseClaims(staffUrl),
  aud: undefined,
  token_use: 'access',
  client_id: '3n4b5c6d7e',
}
const mintStaff = minter(staff, 'RS256', cognito)
const mintPeople = minter(people, 'RS256', { ...baseClaims(peopleUrl), aud: '3n4b5c6d7e', token_use: 'id' })

const issuers: readonly (readonly [string, unknown])[] = [
  ['of nobody', 'https://attacker.example'],
  ['in an array', [partnerUrl]],
  ['in an array with a stranger', ['https://attacker.example', partnerUrl]],
  ['as an object', { issuer: partnerUrl }],
  ['in capitals', partnerUrl.toUpperCase()],
  ['with its host in capitals', 'https://ID.partner.example'],
  ['with a trailing slash', `${partnerUrl}/`],
  ['with a port', `${partnerUrl}:443`],
  ['with a path', `${partnerUrl}/tenant`],
  ['with a fragment', `${partnerUrl}#`],
  ['with a query', `${partnerUrl}?`],
  ['with a space behind', `${partnerUrl} `],
  ['with a line feed behind', `${partnerUrl}\n`],
  ['with a NUL behind', `${partnerUrl}\u0000`],
  ['over http', partnerUrl.replace('https', 'http')],
  ['without a scheme', 'id.partner.example'],
  ['with a user name', 'https://id.partner.example@attacker.example'],
  ['that it begins', `${partnerUrl}.attacker.example`],
  ['with a look-alike letter', partnerUrl.replace('a', '\u0430')],
  ['by its name in the manifest', 'partner'],
  ['a number', 1],
  ['null', null],
  ['true', true],
  ['empty', ''],
  ['missing', undefined],
]
const audiences: readonly (readonly [string, unknown])[] = [
  ['of somebody else', 'invoices'],
  ['a part of ours', 'order'],
  ['ours and more', 'orders-admin'],
  ['ours with a space behind', 'orders '],
  ['ours among words', 'invoices orders'],
  ['ours in capitals', 'ORDERS'],
  ['ours with a comma', 'invoices,orders'],
  ['a pattern', '*'],
  ['both of ours joined', 'ordersbilling'],
  ['an empty array', []],
  ['an array in an array', [['orders']]],
  ['an array of others', ['invoices', 'order']],
  ['ours and a number', ['orders', 1]],
  ['ours and null', ['orders', null]],
  ['null and ours', [null, 'orders']],
  ['an object', { orders: true }],
  ['an object like an array', { 0: 'orders', length: 1 }],
  ['null', null],
  ['a number', 0],
  ['true', true],
  ['empty', ''],
  ['missing', undefined],
]

attackClass('iss and aud', attackAccess({ partner: [key], staff: [staff], people: [people] }), {
  controls: [
    ['one audience', mint()],
    ['the other audience', withAud('billing')],
    ['one of ours among strangers', withAud(['invoices', 'orders'])],
    ['ours twice', withAud(['orders', 'orders'])],
    ['a Cognito client', mintStaff()],
    ['a Cognito client, aud of the access token aside', mintStaff({ claims: { aud: 'anything' } })],
    ['a Cognito id token', mintPeople()],
  ],
  attacks: [
    ...issuers.map(([name, iss]): Attack => [`iss ${name}`, 'issuer_unknown', withIss(iss)]),
    ...audiences.map(([name, aud]): Attack => [`aud ${name}`, 'audience_not_allowed', withAud(aud)]),
    ['iss of an issuer that did not sign', 'keys_unavailable', withIss(otherUrl)],
    ['Cognito, of another client', 'audience_not_allowed', mintStaff({ claims: { client_id: 'another' } })],
    ['Cognito, without a client', 'audience_not_allowed', mintStaff({ claims: { client_id: undefined } })],
    [
      'Cognito, of clients in an array',
      'audience_not_allowed',
      mintStaff({ claims: { client_id: ['3n4b5c6d7e'] } }),
    ],
    [
      'Cognito, of the client in aud alone',
      'audience_not_allowed',
      mintStaff({ claims: { client_id: undefined, aud: '3n4b5c6d7e' } }),
    ],
    [
      'Cognito, a part of the client',
      'audience_not_allowed',
      mintStaff({ claims: { client_id: '3n4b5c6d7' } }),
    ],
    ['Cognito, a client null', 'audience_not_allowed', mintStaff({ claims: { client_id: null } })],
    ['Cognito id, of another client', 'audience_not_allowed', mintPeople({ claims: { aud: 'another' } })],
    [
      'Cognito id, of the client in client_id alone',
      'audience_not_allowed',
      mintPeople({ claims: { aud: undefined, client_id: '3n4b5c6d7e' } }),
    ],
    [
      'Cognito, another region of the pool',
      'issuer_unknown',
      mintStaff({ claims: { iss: staffUrl.replaceAll('eu-west-1', 'us-east-1') } }),
    ],
  ],
})
