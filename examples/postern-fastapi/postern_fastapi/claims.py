"""What trust rules say of claims, decided as the authorizer decides it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from .contract import AllOf, AnyOf, ClaimName, Condition, Equals, Matcher, Pattern

Claims = Mapping[str, Any]

_array_index = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)
#: RFC 8693 section 4.2 and RFC 9068 section 2.2.3: a list of words in one string.
_WORD_CLAIMS: Final = frozenset({"scope", "scp"})
_MISSING: Final = object()


def meets(claims: Claims, condition: Condition) -> bool:
    """Whether the claims meet a condition. A missing claim meets none."""
    value = claim_value(claims, condition.claim)
    return value is not _MISSING and _matches(_values(condition.claim, value), value, condition.matcher)


def claim_value(claims: Claims, claim: ClaimName) -> Any:
    """What a claim's name or JSON Pointer (RFC 6901) leads to; `is_missing` tells whether that is nothing."""
    value: Any = claims
    for step in claim.path:
        if isinstance(value, list):
            if not _array_index.fullmatch(step) or int(step) >= len(value):
                return _MISSING
            value = value[int(step)]
        elif isinstance(value, Mapping) and step in value:
            value = value[step]
        else:
            return _MISSING
    return value


def is_missing(value: Any) -> bool:
    return value is _MISSING


def _values(claim: ClaimName, value: Any) -> Sequence[Any]:
    """What a matcher compares with: an array's elements, the words of `scope` and `scp`, else the value alone."""
    if isinstance(value, list):
        return value
    if isinstance(value, str) and claim.name in _WORD_CLAIMS:
        return value.split(" ")
    return [value]


def _matches(values: Sequence[Any], value: Any, matcher: Matcher) -> bool:
    match matcher:
        case Equals(equals=wanted):
            return any(_same(one, wanted) for one in values)
        case Pattern(pattern=pattern):
            return any(isinstance(one, str) and matches_pattern(one, pattern) for one in values)
        case AnyOf(any=matchers):
            return any(_matches(values, value, one) for one in matchers)
        case AllOf(all=matchers):
            return all(_matches(values, value, one) for one in matchers)
        case _:
            return value is not None


def _same(one: Any, wanted: bool | int | float | str) -> bool:
    """JSON tells `true` from 1, and Python's `==` does not."""
    if isinstance(one, bool) or isinstance(wanted, bool):
        return one is wanted
    if isinstance(wanted, str):
        return isinstance(one, str) and one == wanted
    return isinstance(one, (int, float)) and one == wanted


def matches_pattern(text: str, pattern: Sequence[str | int]) -> bool:
    """Whether the whole text matches. Keeps the positions reached so far in place of going back, so that no text takes long."""
    last = pattern[-1]
    if isinstance(last, str) and not text.endswith(last):
        return False
    reached = [0]
    for piece in pattern:
        if piece == 1:
            reached = _after_star(text, reached)
        elif piece == 2:
            reached = list(range(reached[0], len(text) + 1))
        else:
            word = str(piece)
            reached = [at + len(word) for at in reached if text.startswith(word, at)]
        if not reached:
            return False
    return reached[-1] == len(text)


def _after_star(text: str, reached: Sequence[int]) -> list[int]:
    """From each position on, as far as the next `/` or `:`. Positions come and go in ascending order."""
    following: list[int] = []
    end = -1
    for at in reached:
        if at <= end:
            continue
        following.append(at)
        end = at
        while end < len(text) and text[end] not in "/:":
            end += 1
            following.append(end)
    return following
