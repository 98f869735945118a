"""A compact JWS taken apart (RFC 7515 section 3.1). Nothing here proves anything."""

import base64
import re
from dataclasses import dataclass
from typing import Any, Final

from .refusal import Refusal
from .strict_json import parse_object

#: Longer than this is nobody's token: API Gateway takes 10,240 bytes of all headers.
MAX_TOKEN_LENGTH: Final = 8192

_base64url = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Header:
    """What is read of a JOSE header; `jku`, `x5u`, `jwk` and `x5c` never are (RFC 8725 section 3.10)."""

    alg: str
    kid: str | None
    #: Lower case, without `application/`; empty where the header has none (RFC 7515 section 4.1.9).
    typ: str
    #: Whether it asks for an extension by `crit` or `b64`.
    extended: bool


@dataclass(frozen=True, slots=True)
class Peeked:
    """A token whose payload was read but not verified: good for choosing an issuer and a key."""

    header: Header
    unverified: dict[str, Any]
    signing_input: bytes
    signature: bytes


def decode_base64url(text: str) -> bytes | None:
    """RFC 7515 section 2: no padding, no other alphabet, no impossible length, no stray bits in the last character."""
    if not _base64url.fullmatch(text) or len(text) % 4 == 1:
        return None
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return data if base64.urlsafe_b64encode(data).rstrip(b"=").decode() == text else None


def peek(token: str) -> Peeked:
    """The first checks: size, three parts, strict base64url, plain JSON, no extension. Raises `Refusal`."""
    if len(token) > MAX_TOKEN_LENGTH:
        raise Refusal("token_too_large", f"the token is longer than {MAX_TOKEN_LENGTH} characters")
    parts = token.split(".")
    if len(parts) == 5:
        raise Refusal("token_encrypted", "five parts: encrypted tokens (RFC 7516) are not read")
    if len(parts) != 3 or parts[0] == "" or parts[1] == "":
        raise Refusal("token_malformed", "not three non-empty parts separated by dots")
    payload = _segment(parts[1], "payload")
    signature = _segment(parts[2], "signature")
    header = _header(_segment(parts[0], "header"))
    unverified = parse_object(payload)
    if unverified is None:
        raise Refusal("payload_invalid", "the payload is not one plain JSON object")
    if header.extended:
        raise Refusal(
            "crit_unsupported", 'the header asks for an extension by "crit" or "b64"; none is understood'
        )
    return Peeked(header, unverified, f"{parts[0]}.{parts[1]}".encode(), signature)


def _segment(text: str, name: str) -> bytes:
    data = decode_base64url(text)
    if data is None:
        raise Refusal("encoding_invalid", f"the {name} is not strict base64url")
    return data


def _header(data: bytes) -> Header:
    members = parse_object(data)
    if members is None:
        raise Refusal("header_invalid", "the header is not one plain JSON object")
    for name in ("alg", "kid", "typ"):
        if not isinstance(members.get(name, None if name == "alg" else ""), str):
            raise Refusal("header_invalid", f'the header\'s "{name}" is not a string')
    typ = members.get("typ")
    kind = "" if typ is None else typ.lower().removeprefix("application/")
    if typ is not None and kind == "":
        raise Refusal("header_invalid", 'the header\'s "typ" names no type')
    return Header(members["alg"], members.get("kid"), kind, "crit" in members or "b64" in members)
