import {
  attackAccess,
  attackClass,
  loginsUrl,
  otherUrl,
  partnerUrl,
  peopleUrl,
  staffUrl,
} from '../support/attacks.ts'
import { makeKey } from '../support/keys.ts'
import { baseClaims, minter } from '../support/token.ts'

const partner = makeKey('RSA', 'shared')
const other = makeKey('RSA', 'shared')
const partnerOnly = makeKey('P-256', 'partner-only')
const staff = makeKey('RSA', 'pool')
const people = makeKey('RSA', 'pool')
const logins = makeKey('P-256', 'partner-only')
const access = attackAccess({
  partner: [partner, partnerOnly],
  other: [other],
  staff: [staff],
  people: [people],
  logins: [logins],
})

const cognito = (iss: string) => ({
  ...baseClaims(iss),
  aud: undefined,
  token_use: 'access',
  client_id: '3n4b5c6d7e',
})
const login = (iss: string) => ({ ...baseClaims(iss), aud: '3n4b5c6d7e', token_use: 'id' })
const under = (iss: string, by: typeof partner, alg: 'RS256' | 'PS256' | 'ES256' = 'RS256') =>
  minter(by, alg, baseClaims(iss))

attackClass("a token of one issuer under another's name", access, {
  controls: [
    ['the partner, by the shared kid', under(partnerUrl, partner)()],
    ['the other, by the shared kid', under(otherUrl, other)()],
    ['the partner, by its own kid', under(partnerUrl, partnerOnly, 'ES256')()],
    ['logins, by the kid that the partner has too', under(loginsUrl, logins, 'ES256')()],
    ['the pool of staff', minter(staff, 'RS256', cognito(staffUrl))()],
    ['the pool of people', minter(people, 'RS256', login(peopleUrl))()],
  ],
  attacks: [
    ["the partner's key under the other's name, same kid", 'signature_invalid', under(otherUrl, partner)()],
    ["the other's key under the partner's name, same kid", 'signature_invalid', under(partnerUrl, other)()],
    ["the partner's own kid under the other's name", 'key_unknown', under(otherUrl, partnerOnly, 'ES256')()],
    [
      "the partner's algorithm under the other's name",
      'algorithm_not_allowed',
      under(otherUrl, partner, 'PS256')(),
    ],
    [
      "logins' key under the partner's name, same kid",
      'signature_invalid',
      under(partnerUrl, logins, 'ES256')(),
    ],
    [
      "the partner's key under logins' name, same kid",
      'signature_invalid',
      under(loginsUrl, partnerOnly, 'ES256')(),
    ],
    ["the key of staff under people's name", 'signature_invalid', minter(staff, 'RS256', login(peopleUrl))()],
    [
      "the key of people under staff's name",
      'signature_invalid',
      minter(people, 'RS256', cognito(staffUrl))(),
    ],
    ["the partner's key under staff's name", 'key_unknown', minter(partner, 'RS256', cognito(staffUrl))()],
    [
      "the partner's key under staff's name and kid",
      'signature_invalid',
      minter(partner, 'RS256', cognito(staffUrl))({ header: { kid: 'pool' } }),
    ],
    [
      'a header of one issuer over the claims of the other, without a kid',
      'signature_invalid',
      under(otherUrl, partner)({ header: { kid: undefined } }),
    ],
    [
      'the issuer named in the header',
      'signature_invalid',
      under(otherUrl, partner)({ header: { iss: partnerUrl } }),
    ],
    [
      'the issuer named as the client',
      'signature_invalid',
      under(otherUrl, partner)({ claims: { azp: partnerUrl, client_id: partnerUrl } }),
    ],
  ],
})
