"""A token's checks in order: the first that fails is the reason."""

import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from .claims import Claims, meets
from .compact import Peeked, peek
from .contract import Issuer
from .fetch import FetchJson
from .issuer_keys import IssuerKeys
from .key_set import Key
from .refusal import Refusal

#: 31 December 9999. A later `exp` is no date any more.
LATEST_SECONDS: Final = 253_402_300_799


class Verifier:
    """Verifies tokens of these issuers. Create it once: it holds their keys, each issuer's apart."""

    def __init__(self, issuers: Sequence[Issuer], fetch_json: FetchJson, now: Callable[[], float]) -> None:
        self._now = now
        self._issuers: Mapping[str, tuple[Issuer, IssuerKeys]] = {
            issuer.iss: (issuer, IssuerKeys(issuer, fetch_json, now)) for issuer in issuers
        }

    async def verify(self, token: str) -> tuple[Issuer, Claims]:
        """The issuer and the claims of a token that passes every check. Raises `Refusal`."""
        peeked = peek(token)
        issuer, keys = self._issuer_of(peeked)
        # The algorithm comes from the issuer's own list, never from the token (RFC 8725 section 3.1).
        if peeked.header.alg not in issuer.algorithms:
            raise Refusal("algorithm_not_allowed", 'the header\'s "alg" is not on the list for this issuer')
        keys.refresh_if_due()
        key: Key | None = await keys.find(peeked.header)
        while key is not None and not key.signed(peeked.header.alg, peeked.signing_input, peeked.signature):
            # The issuer may have changed its key under the same name, or under none.
            key = await keys.replacement(key, peeked.header)
        if key is None:
            raise Refusal(
                "signature_invalid", "the signature is not that of the issuer's key over this token"
            )
        check_times(peeked.unverified, issuer.clock_skew_seconds, self._now())
        check_claims(peeked.unverified, issuer)
        return issuer, peeked.unverified

    def _issuer_of(self, peeked: Peeked) -> tuple[Issuer, IssuerKeys]:
        """Chosen by what the token says of itself, before any network call: `typ`, then `iss`."""
        iss = peeked.unverified.get("iss")
        found = self._issuers.get(iss) if isinstance(iss, str) else None
        candidates = [found] if found is not None else list(self._issuers.values())
        # A typ that no issuer takes is refused as such, whoever the token says it is from.
        if not any(peeked.header.typ in issuer.typ for issuer, _ in candidates):
            raise Refusal("typ_not_allowed", 'the header\'s "typ" is not on the list for this issuer')
        if found is None:
            raise Refusal("issuer_unknown", 'the claim "iss" is none of the issuers of the access manifest')
        return found


def check_times(claims: Claims, skew_seconds: float, now: float) -> None:
    """`exp` (required, no leeway), then `nbf` and `iat` (RFC 7519 section 4.1.4 to 4.1.6)."""
    expires_at = _date(claims, "exp", "expiry_invalid")
    if expires_at is None:
        raise Refusal("expiry_invalid", 'the claim "exp" is missing')
    if now >= expires_at:
        raise Refusal("token_expired", 'the claim "exp" is in the past')
    begins = [_date(claims, "nbf", "not_before_invalid"), _date(claims, "iat", "issued_at_invalid")]
    if now < max((one for one in begins if one is not None), default=-math.inf) - skew_seconds:
        raise Refusal("token_not_yet_valid", 'the claim "nbf" or "iat" is in the future')


def _date(claims: Claims, name: str, reason: str) -> float | None:
    if name not in claims:
        return None
    value = claims[name]
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= LATEST_SECONDS:
        return value
    raise Refusal(reason, f'the claim "{name}" is not a date in seconds')


def check_claims(claims: Claims, issuer: Issuer) -> None:
    """Audience, token use, required claims, subject, and that no key is bound to the token, which nothing here could prove."""
    if issuer.type == "cognito":
        _check_cognito(claims, issuer)
    else:
        _check_oidc(claims, issuer)
    for condition in issuer.require:
        if not meets(claims, condition):
            raise Refusal(
                "claim_required", f'the claim "{condition.claim.name}" is not what the issuer requires'
            )
    if not _is_subject(claims.get("sub")):
        raise Refusal(
            "subject_invalid", 'the claim "sub" is not 1 to 255 printable characters without white space'
        )
    if "cnf" in claims:
        raise Refusal(
            "proof_required", 'the claim "cnf" binds the token to a key, and no proof of possession is read'
        )


def _check_cognito(claims: Claims, issuer: Issuer) -> None:
    if claims.get("token_use") != issuer.token_use:
        raise Refusal("token_use_not_allowed", f'the claim "token_use" is not "{issuer.token_use}"')
    client = "aud" if issuer.token_use == "id" else "client_id"
    if not _is_one_of(claims.get(client), issuer.audience or ()):
        raise Refusal("audience_not_allowed", f'the claim "{client}" is none of the clientIds')


def _check_oidc(claims: Claims, issuer: Issuer) -> None:
    if issuer.audience is not None:
        # RFC 7519 section 4.1.3: a string or an array of strings, one of which must be ours.
        audiences = claims["aud"] if isinstance(claims.get("aud"), list) else [claims.get("aud")]
        strings = all(isinstance(one, str) for one in audiences)
        if not strings or not any(one in issuer.audience for one in audiences):
            raise Refusal("audience_not_allowed", 'the claim "aud" is none of the issuer\'s audiences')
    if issuer.token_use == "access":
        # OpenID Connect Core section 2 and 3.1.3.6: these stand in ID tokens alone.
        for claim in ("nonce", "at_hash", "c_hash"):
            if claim in claims:
                raise Refusal(
                    "token_use_not_allowed", f'the claim "{claim}" shows an ID token; an access token is due'
                )


def _is_one_of(value: Any, allowed: Sequence[str]) -> bool:
    return isinstance(value, str) and value in allowed


def _is_subject(value: Any) -> bool:
    """OpenID Connect Core section 2: at most 255 characters. White space and controls would make two look like one."""
    if not isinstance(value, str) or not 1 <= len(value) <= 255:
        return False
    return not any(one.isspace() or unicodedata.category(one)[0] == "C" for one in value)
