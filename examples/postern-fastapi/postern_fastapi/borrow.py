"""AWS clients whose credentials the broker lends to this service, for one role and its scopes, refreshed by botocore."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import boto3
import botocore.session
from botocore.credentials import ContainerProvider, CredentialResolver

from .client_token import ClientToken
from .settings import Settings, SettingsError


class Borrower:
    """Plain boto3: botocore's own container provider asks the broker, when credentials are due and not before.

    A session of its own for each role and scope, so that a route gets no more than it asks for. Nothing is written to disk.
    """

    def __init__(self, settings: Settings, *, token: ClientToken | None = None) -> None:
        if settings.broker is None or settings.client is None:
            raise SettingsError(
                "broker is missing\n  mend: set POSTERN_BROKER, or bind the user-provided service"
            )
        self._broker = settings.broker
        self._client_id = settings.client.client_id
        self._token = token if token is not None else ClientToken(settings.client)
        self._clients: dict[tuple[str, str, str | None], Any] = {}

    @property
    def client_id(self) -> str:
        """Who borrows, as its issuer names it."""
        return self._client_id

    def client(self, service: str, *, role: str, scope: str | None = None) -> Any:
        """A boto3 client of an AWS service; `scope` is one of the role's, or several joined by `+`. Default: all of them."""
        key = (service, role, scope)
        found = self._clients.get(key)
        # Without a lock, since the broker is asked: of two that are made at once the first stays.
        return found or self._clients.setdefault(key, self._session(role, scope).client(service))

    def _session(self, role: str, scope: str | None) -> boto3.Session:
        query = "" if scope is None else f"?{urlencode({'scope': scope})}"
        address = f"{self._broker}/credentials/{quote(role, safe='')}{query}"
        provider = ContainerProvider(environ=_Container(address, self._token))
        session = botocore.session.Session()
        session.register_component("credential_provider", CredentialResolver(providers=[provider]))
        return boto3.Session(botocore_session=session)


class _Container(Mapping[str, str]):
    """The environment of a container with the broker as its endpoint, in which the token is always a current one."""

    def __init__(self, address: str, token: ClientToken) -> None:
        self._address = address
        self._token = token

    def __getitem__(self, name: str) -> str:
        if name == ContainerProvider.ENV_VAR_FULL:
            return self._address
        if name == ContainerProvider.ENV_VAR_AUTH_TOKEN:
            return self._token.current()
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return name in (ContainerProvider.ENV_VAR_FULL, ContainerProvider.ENV_VAR_AUTH_TOKEN)

    def __iter__(self) -> Iterator[str]:
        return iter((ContainerProvider.ENV_VAR_FULL, ContainerProvider.ENV_VAR_AUTH_TOKEN))

    def __len__(self) -> int:
        return 2
