"""Where a service finds its broker, and who it is itself: from its environment, or from Cloud Foundry's VCAP_SERVICES."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

#: The name of the user-provided service.
SERVICE: Final = "postern"
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
#: By its name in the credentials of the service: the variable that says the same.
_VARIABLES: Final = {
    "broker": "POSTERN_BROKER",
    "issuer": "POSTERN_ISSUER",
    "token_url": "POSTERN_TOKEN_URL",
    "client_id": "POSTERN_CLIENT_ID",
    "client_secret": "POSTERN_CLIENT_SECRET",
    "client_secret_arn": "POSTERN_CLIENT_SECRET_ARN",
    "audience": "POSTERN_AUDIENCE",
}


class SettingsError(Exception):
    """What is missing or wrong, where, and what to do; never the value of a secret."""


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """The service as an OAuth client: `issuer` by discovery, or `token_url`; a secret, or where Secrets Manager has it."""

    client_id: str
    issuer: str | None = None
    token_url: str | None = None
    audience: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    client_secret_arn: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    #: Where the broker is; `None` where nothing is borrowed.
    broker: str | None
    client: ClientSettings | None
    #: The file of the access contract.
    contract: str


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Reads and validates them. Raises `SettingsError`."""
    found = _values(environ)
    contract = environ.get("POSTERN_CONTRACT", "contract.json")
    broker = found.get("broker")
    if broker is None:
        return Settings(None, None, contract)
    for name in ("broker", "issuer", "token_url"):
        if name in found:
            _must_be_safe(name, found[name])
    if "client_id" not in found:
        raise _wrong("client_id", "is missing, and the broker lends to nobody without a token")
    _must_be_one(found, "issuer", "token_url")
    _must_be_one(found, "client_secret", "client_secret_arn")
    return Settings(
        broker.rstrip("/"),
        ClientSettings(**{name: value for name, value in found.items() if name != "broker"}),
        contract,
    )


def _values(environ: Mapping[str, str]) -> dict[str, str]:
    bound = _bound(environ.get("VCAP_SERVICES"))
    values: dict[str, str] = {}
    for name, variable in _VARIABLES.items():
        of_service, own = bound.get(name), environ.get(variable)
        if of_service is not None and own is not None:
            raise _wrong(
                name, f"stands in {variable} and in the service {SERVICE} of VCAP_SERVICES: keep one"
            )
        value = own if of_service is None else of_service
        if value is not None:
            if not isinstance(value, str) or value == "":
                raise _wrong(name, "is not a text, or an empty one")
            values[name] = value
    return values


def _bound(text: str | None) -> Mapping[str, Any]:
    """The credentials of the user-provided service of that name; none where no such service is bound."""
    if text is None:
        return {}
    mend = "restage the app; `cf env` shows what it is given"
    try:
        services = json.loads(text)
        bound = [one for one in services.get("user-provided", []) if one.get("name") == SERVICE]
    except (ValueError, AttributeError, TypeError):
        raise SettingsError(f"VCAP_SERVICES is not what Cloud Foundry writes\n  mend: {mend}") from None
    if len(bound) > 1:
        raise SettingsError(f'VCAP_SERVICES has several services "{SERVICE}"\n  mend: unbind all but one')
    credentials = bound[0].get("credentials") if bound else {}
    if not isinstance(credentials, dict):
        raise SettingsError(f'the service "{SERVICE}" of VCAP_SERVICES has no credentials\n  mend: {mend}')
    unknown = sorted(set(credentials) - set(_VARIABLES))
    if unknown:
        raise SettingsError(
            f'the service "{SERVICE}" has {", ".join(unknown)}\n  mend: it takes {", ".join(_VARIABLES)}'
        )
    return credentials


def is_safe(address: str) -> bool:
    """Whether a secret may be sent there: https, or http on loopback, without a user name."""
    url = urlsplit(address)
    loopback = url.scheme == "http" and url.hostname in _LOOPBACK
    return bool(url.hostname) and "@" not in url.netloc and (url.scheme == "https" or loopback)


def _must_be_safe(name: str, address: str) -> None:
    if not is_safe(address):
        raise _wrong(name, "is not an https address (http on loopback alone) without a user name")


def _must_be_one(found: Mapping[str, str], one: str, other: str) -> None:
    if (one in found) == (other in found):
        raise _wrong(one, f"or {other} is to be set, and not both")


def _wrong(name: str, what: str) -> SettingsError:
    mend = f'set {_VARIABLES[name]}, or "{name}" of the user-provided service "{SERVICE}"'
    return SettingsError(f"{name} {what}\n  mend: {mend}")
