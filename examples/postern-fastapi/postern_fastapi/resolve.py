"""Which routes of the contract a request is held against, as API Gateway would find the one that serves it."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple


class _Match(NamedTuple):
    path: str
    #: A digit a segment: 0 for text, 1 for a parameter, 2 for the rest by a greedy one.
    shape: str
    #: Whether the path has a route of the request's own method, and not only one of ANY.
    by_method: bool


def deciding_keys(keys: AbstractSet[str], served: str, segments: Sequence[str]) -> list[str] | None:
    """The keys of the routes that a caller needs for a request that the route `served` (a key, too) serves.

    That is the route itself, but for the finer ones that the contract names within it: `GET /orders/refunds` is decided
    for itself, though the app serves it by `/orders/{id}`. Of several that cross, all are needed. `None` where the path is
    not one of `served` at all: a greedy parameter takes a segment at least.
    """
    method, _, own_path = served.partition(" ")
    own_shape = _shape(own_path, segments)
    if own_shape is None:
        return None
    paths = {own_path} | {key.partition(" ")[2] for key in keys if key.partition(" ")[0] in (method, "ANY")}
    matches = [
        _Match(path, shape, f"{method} {path}" in keys)
        for path in sorted(paths)
        if (shape := _shape(path, segments)) is not None and _is_within(shape, own_shape)
    ]
    return [f"{method} {one.path}" for one in matches if not any(_beats(other, one) for other in matches)]


def opened_by(open_key: str, guarded: Iterable[str]) -> str | None:
    """A guarded route that an open one would take requests of: within it, or crossing it. A wider one is no such route."""
    method, _, open_path = open_key.partition(" ")
    for key in sorted(guarded):
        other, _, path = key.partition(" ")
        if other not in (method, "ANY") or not _overlap(_pieces(open_path), _pieces(path)):
            continue
        if not _contains(_pieces(path), _pieces(open_path)):
            return key
    return None


def _pieces(path: str) -> list[str]:
    return path[1:].split("/") if path != "/" else []


def _overlap(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether some path is one of both."""
    for at in range(max(len(one), len(other))):
        mine, theirs = (pieces[at] if at < len(pieces) else None for pieces in (one, other))
        if mine is None or theirs is None:
            return False
        if "{+}" in (mine, theirs):
            return True
        if mine != theirs and "{}" not in (mine, theirs):
            return False
    return True


def _contains(wide: Sequence[str], narrow: Sequence[str]) -> bool:
    """Whether every path of the one is one of the other."""
    for at, piece in enumerate(wide):
        if at >= len(narrow):
            return False
        if piece == "{+}":
            return True
        if narrow[at] == "{+}" or piece not in ("{}", narrow[at]):
            return False
    return len(wide) == len(narrow)


def _shape(path: str, segments: Sequence[str]) -> str | None:
    """How a path of the contract takes the segments of a request; `None` where it does not."""
    pieces = _pieces(path)
    greedy = bool(pieces) and pieces[-1] == "{+}"
    if len(segments) < len(pieces) if greedy else len(segments) != len(pieces):
        return None
    shape = ""
    for piece, segment in zip(pieces, segments, strict=False):
        if piece not in ("{}", "{+}", segment):
            return None
        shape += {"{}": "1", "{+}": "2"}.get(piece, "0")
    return shape


def _is_within(inner: str, outer: str) -> bool:
    """Whether one path is at least as narrow as another in every segment."""
    return all(kind <= (outer[at] if at < len(outer) else "2") for at, kind in enumerate(inner))


def _beats(one: _Match, other: _Match) -> bool:
    """A narrower path beats a wider one, but by ANY none that has the request's own method: then both are needed."""
    if one == other or (other.by_method and not one.by_method):
        return False
    return _is_within(one.shape, other.shape)
