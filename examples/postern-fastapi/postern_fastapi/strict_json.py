"""JSON that two parsers cannot read differently: what tokens, key sets and discovery documents have to be."""

import json
from typing import Any, Final

#: Nesting beyond this is nobody's token.
MAX_DEPTH: Final = 32


def parse_object(data: bytes) -> dict[str, Any] | None:
    """UTF-8 JSON whose top is an object; `None` for anything else.

    Refused are invalid UTF-8 and a BOM (RFC 8259 section 8.1), doubled members (RFC 7515 section 4), deep nesting, names
    that cannot do without escapes, and the NaN and Infinity that Python's parser would take.
    """
    try:
        value = _decoder.decode(data.decode())
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and _depth(value) <= MAX_DEPTH else None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a doubled member")
    for name in members:
        if any(character in '"\\' or character < " " for character in name):
            raise ValueError("a name with a quote, a backslash or a control character")
    return members


def _integer(text: str) -> int | float:
    """JSON's numbers are those of IEEE 754 elsewhere (RFC 8259 section 6), however many digits they have."""
    return int(text) if len(text) <= 15 else float(text)


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")


def _depth(value: Any) -> int:
    deepest, level = 0, [value]
    while level:
        level = [one for one in level if isinstance(one, (dict, list))]
        deepest += 1 if level else 0
        if deepest > MAX_DEPTH:
            break
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]
    return deepest


_decoder = json.JSONDecoder(object_pairs_hook=_members, parse_int=_integer, parse_constant=_no_number)
