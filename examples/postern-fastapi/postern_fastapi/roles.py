"""The roles of a caller, and whether one of them grants a route."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Literal
from urllib.parse import unquote_to_bytes

from .claims import Claims, claim_value, is_missing, meets
from .contract import Contract, Issuer, Role, Rule

#: What reads in one way as a segment of a path.
_safe_segment = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9_.@=+-]{1,256}", re.ASCII)
_parameter = re.compile(r"\{[^}]*\}")
_forbidden = re.compile("[\x00-\x1f\x7f-\x9f\\\\]")
#: Where a query or a fragment begins, and what is trimmed.
_ends_path = re.compile(r"[?#]| \Z")
#: A segment that is nothing, `.` or `..`, for who cuts path parameters off first as well.
_empty_or_dots = re.compile(r"/\.{0,2}(?:[;/]|\Z)")
_needs_no_escape = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@/%-]", re.ASCII)
_LARGEST_SAFE_INTEGER = 2**53 - 1


def roles_of(contract: Contract, issuer: Issuer, claims: Claims, now: float) -> tuple[Role, ...]:
    """Each role once, in the manifest's order. Of a token that Postern signed, those that its `scope` names."""
    scope = claims.get("scope")
    words = scope.split(" ") if isinstance(scope, str) else []
    return tuple(
        role
        for role in contract.roles
        if (issuer.type != "postern" or role.name in words)
        and any(rule.issuer == issuer.name and _holds(rule, claims, now) for rule in role.trust)
    )


def _holds(rule: Rule, claims: Claims, now: float) -> bool:
    """All of `claims`, none of `not`, and not expired: on the second itself it is over."""
    if rule.expires_at is not None and now >= rule.expires_at:
        return False
    return all(meets(claims, one) for one in rule.claims) and not any(meets(claims, one) for one in rule.not_)


def template_key(method: str, template: str) -> str:
    """What makes two spellings one route: `/orders/{order_id}` and `/orders/{id}`, `{rest:path}` and `{proxy+}`."""

    def plain(match: re.Match[str]) -> str:
        return "{+}" if match[0].endswith((":path}", "+}")) else "{}"

    return f"{method} {_parameter.sub(plain, template)}"


def covers(keys: Iterable[str], key: str) -> bool:
    """Whether one of them is that route, or ANY of its path."""
    return not set(keys).isdisjoint(_listed(key))


def refusal_of(
    roles: Sequence[Role], claims: Claims, key: str, segments: Sequence[str]
) -> Literal["route_not_granted", "claim_unsafe"] | None:
    """Why no role lets the caller call the route that serves the request; `None` where one does."""
    listed = _listed(key)
    unsafe = False
    for role in roles:
        for route in role.routes:
            if route.key not in listed:
                continue
            wanted = [(own.at, _safe(claim_value(claims, own.claim))) for own in route.own]
            if any(value is None for _, value in wanted):
                unsafe = True
            elif all(at < len(segments) and segments[at] == value for at, value in wanted):
                return None
    return "claim_unsafe" if unsafe else "route_not_granted"


def _listed(key: str) -> tuple[str, str]:
    return key, f"ANY {key.partition(' ')[2]}"


def _safe(value: Any) -> str | None:
    """The text of a claim that reads in one way as a segment of a path."""
    if is_missing(value) or isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        whole = value == value and abs(value) <= _LARGEST_SAFE_INTEGER and value == int(value)
        return str(int(value)) if whole else None
    return value if isinstance(value, str) and _safe_segment.fullmatch(value) else None


def canonical_segments(path: str, encoded_paths: Literal["refuse", "allow"]) -> list[str] | None:
    """The segments of a path that can be read in one way only, or `None`."""
    if path == "/":
        return []
    if not path.startswith("/") or any(one.search(path) for one in (_forbidden, _ends_path, _empty_or_dots)):
        return None
    if "%" in path and (encoded_paths == "refuse" or not _escapes_are_canonical(path)):
        return None
    return path[1:].split("/")


def _escapes_are_canonical(path: str) -> bool:
    """Well formed UTF-8, needed (RFC 3986 section 6.2.2.2), and not for `/`, `\\`, `%` or a control character."""
    if re.search(r"%(?![0-9A-Fa-f]{2})", path):
        return False
    try:
        decoded = unquote_to_bytes(path).decode()
    except UnicodeDecodeError:
        return False
    escaped = (chr(int(code, 16)) for code in re.findall(r"%(..)", path))
    return not _forbidden.search(decoded) and not any(_needs_no_escape.fullmatch(one) for one in escaped)
