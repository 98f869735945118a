"""The access contract, as `postern contract --json` writes it: what this service decides by."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ClaimName(_Frozen):
    """A claim as the manifest writes it, with its path: one name, or the steps of a JSON Pointer (RFC 6901)."""

    name: str
    path: tuple[str, ...] = Field(min_length=1)


class Equals(_Frozen):
    equals: bool | int | float | str


class Pattern(_Frozen):
    """In pieces: text, 1 for `*` (no `/`, no `:`), 2 for `**` (anything)."""

    pattern: tuple[str | Literal[1, 2], ...] = Field(min_length=1)


class AnyOf(_Frozen):
    any: "tuple[Matcher, ...]" = Field(min_length=1)


class AllOf(_Frozen):
    all: "tuple[Matcher, ...]" = Field(min_length=1)


class Present(_Frozen):
    present: Literal[True]


Matcher: TypeAlias = Equals | Pattern | AnyOf | AllOf | Present
AnyOf.model_rebuild()
AllOf.model_rebuild()


class Condition(_Frozen):
    claim: ClaimName
    matcher: Matcher


class Discovery(_Frozen):
    discovery: str


class JwksUri(_Frozen):
    jwks_uri: str = Field(alias="jwksUri")


class KeySetText(_Frozen):
    keys: tuple[Any, ...]


class Pinned(_Frozen):
    jwks: KeySetText


class Issuer(_Frozen):
    name: str
    type: Literal["cognito", "oidc", "postern"]
    #: What the token's `iss` must equal, byte for byte.
    iss: str
    keys: Discovery | JwksUri | Pinned
    algorithms: tuple[str, ...]
    #: Client ids for cognito, audiences for others; `None` was written out.
    audience: tuple[str, ...] | None
    token_use: Literal["access", "id"] = Field(alias="tokenUse")
    #: Lower case; empty stands for an absent `typ`.
    typ: tuple[str, ...]
    require: tuple[Condition, ...]
    clock_skew_seconds: int = Field(alias="clockSkewSeconds")
    max_key_age_seconds: int = Field(alias="maxKeyAgeSeconds")
    max_key_stale_seconds: int = Field(alias="maxKeyStaleSeconds")


class OwnSegment(_Frozen):
    #: Counted from 0.
    at: int
    claim: ClaimName


class Route(_Frozen):
    route: str
    #: The method, or ANY, and the path with its parameters' names left out: `GET /orders/{}`.
    key: str
    own: tuple[OwnSegment, ...] = ()

    @model_validator(mode="after")
    def _has_its_claims(self) -> Self:
        """A route that holds a claim of the caller is never everybody's."""
        if ("{claims" in self.route) != bool(self.own):
            raise ValueError(
                "own has to say which segments are the caller's claims, and only where there are some"
            )
        return self


class Rule(_Frozen):
    who: str
    issuer: str
    claims: tuple[Condition, ...]
    not_: tuple[Condition, ...] = Field(alias="not")
    #: Epoch seconds from which it no longer holds.
    expires_at: int | float | None = Field(default=None, alias="expiresAt")


class Role(_Frozen):
    name: str
    description: str | None = None
    owner: str | None = None
    includes: tuple[str, ...]
    trust: tuple[Rule, ...]
    routes: tuple[Route, ...]
    #: What the broker lends; nothing is decided by it here.
    lends: tuple[Mapping[str, Any], ...]


class TokenPlace(_Frozen):
    place: Literal["header", "query", "cookie"]
    name: str


class Grant(_Frozen):
    role: str
    as_: str | None = Field(default=None, alias="as")


class ServedRoute(_Frozen):
    route: str
    #: As that of `Route`.
    key: str
    open: bool
    roles: tuple[Grant, ...]


class Contract(_Frozen):
    contract: Literal[1]
    app: str
    allow: Mapping[str, Any] | None = None
    issuers: tuple[Issuer, ...]
    token: TokenPlace
    encoded_paths: Literal["refuse", "allow"] = Field(alias="encodedPaths")
    #: Claims that are handed on as the caller's context.
    context: tuple[ClaimName, ...]
    public: tuple[Route, ...]
    roles: tuple[Role, ...]
    routes: tuple[ServedRoute, ...]


class ContractError(Exception):
    """The contract cannot be read: what, where, and what to do."""


def load_contract(path: str | Path) -> Contract:
    """Reads and validates a contract. Raises `ContractError`."""
    mend = "write it anew: npx postern contract --access access.yml --json --out contract.json"
    try:
        text = Path(path).read_bytes()
    except OSError as error:
        raise ContractError(f"{path}: cannot be read ({error.strerror})\n  mend: {mend}") from error
    try:
        return Contract.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(step) for step in first["loc"]) or "the document"
        raise ContractError(f"{path}: {place}: {first['msg']}\n  mend: {mend}") from None
