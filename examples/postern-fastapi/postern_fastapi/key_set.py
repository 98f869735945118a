"""An issuer's keys, and what each can verify (RFC 7517, RFC 7518 section 3, RFC 8037)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

from .compact import Header, decode_base64url
from .refusal import Refusal

#: A set with more members is cut off there.
MAX_KEYS: Final = 100

Check = Callable[[bytes, bytes], None]

_HASHES: Final[Mapping[str, Callable[[], hashes.HashAlgorithm]]] = {
    "256": hashes.SHA256,
    "384": hashes.SHA384,
    "512": hashes.SHA512,
}
#: By curve: the algorithm, and how long the two numbers of a signature are.
_CURVES: Final[Mapping[str, tuple[str, int, Callable[[], ec.EllipticCurve]]]] = {
    "P-256": ("ES256", 32, ec.SECP256R1),
    "P-384": ("ES384", 48, ec.SECP384R1),
    "P-521": ("ES512", 66, ec.SECP521R1),
}


@dataclass(frozen=True, slots=True)
class Key:
    kid: str | None
    #: By algorithm; raises for a signature that is not this key's.
    checks: Mapping[str, Check]
    #: Equal for two fetches of one key.
    identity: tuple[str, ...]

    def signed(self, algorithm: str, signing_input: bytes, signature: bytes) -> bool:
        check = self.checks.get(algorithm)
        if check is None:
            return False
        try:
            check(signature, signing_input)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class KeySet:
    members: tuple[Key, ...]
    #: `None` for a member that verifies nothing.
    by_kid: Mapping[str, Key | None]
    doubled: frozenset[str]


def read_key_set(members: Any) -> KeySet | None:
    """Reads the `keys` of a JWK set, or gives `None` where none is usable. Others are passed over (RFC 7517 section 5)."""
    if not isinstance(members, (list, tuple)):
        return None
    usable: list[Key] = []
    by_kid: dict[str, Key | None] = {}
    doubled: set[str] = set()
    for member in members[:MAX_KEYS]:
        key = _prepare(member)
        if key is None:
            kid = member.get("kid") if isinstance(member, dict) else None
            if isinstance(kid, str):
                by_kid.setdefault(kid, None)
            continue
        usable.append(key)
        if key.kid is not None:
            if by_kid.get(key.kid) is not None:
                doubled.add(key.kid)
            by_kid[key.kid] = key
    return KeySet(tuple(usable), by_kid, frozenset(doubled)) if usable else None


def select_key(keys: KeySet, header: Header) -> Key:
    """By `kid`, or without one the only key there is. Raises `key_unknown`, `key_ambiguous`, `key_unfit`."""
    if header.kid is None:
        if len(keys.members) != 1:
            raise Refusal("key_ambiguous", 'the header has no "kid" and the issuer publishes several keys')
        key: Key | None = keys.members[0]
    elif header.kid not in keys.by_kid:
        raise Refusal("key_unknown", 'the issuer publishes no key with the header\'s "kid"')
    elif header.kid in keys.doubled:
        raise Refusal("key_ambiguous", 'the issuer publishes several keys with the header\'s "kid"')
    else:
        key = keys.by_kid[header.kid]
    if key is None or header.alg not in key.checks:
        raise Refusal("key_unfit", 'the key with the header\'s "kid" cannot verify the header\'s "alg"')
    return key


def _prepare(member: Any) -> Key | None:
    """`None` for what verifies nothing: a symmetric key, another `use`, RSA under 2048 bits, a point off its curve."""
    if not isinstance(member, dict) or not isinstance(member.get("kty"), str):
        return None
    if any(
        name in member and not isinstance(member[name], str)
        for name in ("use", "alg", "kid", "n", "e", "crv", "x", "y")
    ):
        return None
    operations = member.get("key_ops", ["verify"])
    if member.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
        return None
    try:
        checks = _checks(member)
    except (ValueError, TypeError, KeyError):
        return None
    alg = member.get("alg")
    fitting = {name: check for name, check in checks.items() if alg is None or alg == name}
    identity = tuple(str(member.get(name)) for name in ("kid", "alg", "kty", "n", "e", "crv", "x", "y"))
    return Key(member.get("kid"), fitting, identity) if fitting else None


def _checks(jwk: Mapping[str, str]) -> dict[str, Check]:
    match jwk["kty"]:
        case "RSA":
            return _rsa_checks(_number(jwk["n"]), _number(jwk["e"]))
        case "EC":
            return _ec_checks(jwk)
        case "OKP" if jwk.get("crv") == "Ed25519":
            key = ed25519.Ed25519PublicKey.from_public_bytes(_octets(jwk["x"]))
            return {"EdDSA": key.verify, "Ed25519": key.verify}
    return {}


def _rsa_checks(n: int, e: int) -> dict[str, Check]:
    """RFC 7518 section 3.3: 2048 bits at least; the upper bound keeps a hostile set from costing milliseconds a check."""
    if not 2048 <= n.bit_length() <= 8192 or e <= 1 or e % 2 == 0:
        return {}
    key = rsa.RSAPublicNumbers(e, n).public_key()
    checks: dict[str, Check] = {}
    for size, made in _HASHES.items():
        digest = made()
        pss = padding.PSS(padding.MGF1(made()), digest.digest_size)
        checks[f"RS{size}"] = partial(key.verify, padding=padding.PKCS1v15(), algorithm=digest)
        checks[f"PS{size}"] = partial(key.verify, padding=pss, algorithm=digest)
    return checks


def _ec_checks(jwk: Mapping[str, str]) -> dict[str, Check]:
    algorithm, size, curve = _CURVES[jwk["crv"]]
    key = ec.EllipticCurvePublicNumbers(_number(jwk["x"]), _number(jwk["y"]), curve()).public_key()
    digest = _HASHES[algorithm[2:]]()

    def check(signature: bytes, data: bytes) -> None:
        """RFC 7518 section 3.4: both numbers, at their full length, one after the other."""
        if len(signature) != 2 * size:
            raise InvalidSignature
        r, s = (int.from_bytes(half, "big") for half in (signature[:size], signature[size:]))
        key.verify(utils.encode_dss_signature(r, s), data, ec.ECDSA(digest))

    return {algorithm: check}


def _octets(text: str) -> bytes:
    data = decode_base64url(text)
    if data is None:
        raise ValueError("not base64url")
    return data


def _number(text: str) -> int:
    return int.from_bytes(_octets(text), "big")
