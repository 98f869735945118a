"""Why a request is refused: Postern's reasons, as docs/reasons.md of Postern lists them."""

from typing import Final

#: Each reason with the HTTP status that it has everywhere.
STATUSES: Final = {
    "token_missing": 401,
    "token_ambiguous": 401,
    "token_too_large": 401,
    "token_malformed": 401,
    "token_encrypted": 401,
    "encoding_invalid": 401,
    "header_invalid": 401,
    "payload_invalid": 401,
    "crit_unsupported": 401,
    "typ_not_allowed": 401,
    "issuer_unknown": 401,
    "algorithm_not_allowed": 401,
    "key_unknown": 401,
    "key_ambiguous": 401,
    "key_unfit": 401,
    "signature_invalid": 401,
    "expiry_invalid": 401,
    "token_expired": 401,
    "not_before_invalid": 401,
    "issued_at_invalid": 401,
    "token_not_yet_valid": 401,
    "audience_not_allowed": 401,
    "token_use_not_allowed": 401,
    "claim_required": 401,
    "subject_invalid": 401,
    "proof_required": 401,
    "claim_unsafe": 403,
    "role_none": 403,
    "route_unknown": 403,
    "route_not_granted": 403,
    "path_not_canonical": 403,
    "keys_unavailable": 503,
    "keys_stale": 503,
}


class Refusal(Exception):
    """A request is refused. Holds nothing of the token: what is here is shown to the caller and logged."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.status = STATUSES[reason]
        self.message = message
