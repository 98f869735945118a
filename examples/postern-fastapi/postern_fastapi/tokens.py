"""The caller of a request that comes with a token and through no authorizer: verified here, by the same contract."""

import json
import re
import time
from collections.abc import Callable, Iterable

from fastapi import Request

from .caller import Caller
from .claims import Claims, claim_value, is_missing
from .contract import ClaimName, Contract
from .fetch import FetchJson, fetch_json
from .records import decision_id_of
from .refusal import Refusal
from .resolve import deciding_keys
from .roles import canonical_segments, refusal_of, roles_of, template_key
from .served import template_in
from .verify import Verifier

_bearer = re.compile(r"bearer +", re.IGNORECASE | re.ASCII)
#: As ECMAScript has it, so that the reason is the authorizer's.
_white_space = re.compile("[\t-\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]")


class TokenGuard:
    """Verifies the token, finds the caller's roles, and asks whether one of them has the route that serves the request.

    Create it once: it holds the issuers' keys. `now` gives epoch seconds.
    """

    def __init__(
        self, contract: Contract, *, fetch: FetchJson = fetch_json, now: Callable[[], float] = time.time
    ) -> None:
        self._contract = contract
        self._now = now
        self._routes = frozenset(route.key for route in contract.routes)
        self._verifier = Verifier(contract.issuers, fetch, now)

    async def __call__(self, request: Request) -> Caller:
        token = _only_token(self._values(request), self._contract.token.place)
        issuer, claims = await self._verifier.verify(token)
        subject = str(claims["sub"])
        roles = roles_of(self._contract, issuer, claims, self._now())
        names = tuple(role.name for role in roles)
        context = _context_of(claims, self._contract.context)
        found = Caller(issuer.name, subject, names, decision_id_of(request.scope), context)
        # The record says whom a request was refused, too.
        request.scope["postern_known"] = found
        if not roles:
            raise Refusal("role_none", "no role trusts the caller")
        segments = canonical_segments(_raw_path(request), self._contract.encoded_paths)
        if segments is None:
            raise Refusal("path_not_canonical", "the path can be read in more than one way")
        template = template_in(request.scope, request.app.state.postern_templates)
        if template is None:
            raise Refusal("route_unknown", "no route of the contract serves this request")
        needed = deciding_keys(self._routes, template_key(request.method, template), segments)
        if needed is None:
            # What was routed is not what was sent: an app below another's path, or a server that rewrites paths.
            raise Refusal("path_not_canonical", "the path is not that of the route that serves it")
        for key in needed:
            reason = refusal_of(roles, claims, key, segments)
            if reason is not None:
                raise Refusal(reason, "no role of the caller has this route")
        return found

    def _values(self, request: Request) -> list[str]:
        place = self._contract.token
        if place.place == "header":
            return _distinct(_text(value) for value in request.headers.getlist(place.name))
        if place.place == "query":
            return _distinct(request.query_params.getlist(place.name))
        # RFC 6265 section 4.2.1: `name=value` pairs between semicolons.
        headers = (_text(value) for value in request.headers.getlist("cookie"))
        pairs = [pair.partition("=") for header in headers for pair in header.split(";")]
        return _distinct(value.strip() for name, _, value in pairs if name.strip() == place.name)


def _text(value: str) -> str:
    """A header as its bytes read in UTF-8, as API Gateway hands it on; ASGI servers read them in latin-1."""
    return value.encode("latin-1").decode(errors="replace")


def _distinct(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _only_token(values: list[str], place: str) -> str:
    """RFC 6750 section 2.1; a header may also hold the bare token. Several values are refused, joined by commas too."""
    if not values or values[0] == "":
        raise Refusal("token_missing", "no token where the manifest looks for it")
    if len(values) > 1 or "," in values[0]:
        raise Refusal("token_ambiguous", "several values where one token is due")
    token = values[0]
    if place == "header":
        scheme = _bearer.match(token)
        token = token[scheme.end() :] if scheme else token
    if token == "" or _white_space.search(token):
        raise Refusal("token_malformed", 'neither a bare token nor "Bearer" and a token')
    return token


def _raw_path(request: Request) -> str:
    """As it was sent: `path` of the scope is decoded already."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    return raw.decode("latin-1")


def _context_of(claims: Claims, names: tuple[ClaimName, ...]) -> dict[str, str]:
    """The claims that the manifest hands on, as text; arrays and objects as JSON."""
    values = {name.name: claim_value(claims, name) for name in names}
    return {
        name: value
        if isinstance(value, str)
        else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        for name, value in values.items()
        if not is_missing(value)
    }
