"""The service's own token, by the client credentials grant (RFC 6749 section 4.4), kept in memory."""

import threading
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote_plus

import httpx

from .settings import ClientSettings, is_safe
from .strict_json import parse_object

TIMEOUT_SECONDS: Final = 5.0
MAX_BYTES: Final = 64 * 1024
#: A token is renewed when less than this part of its life is left.
RENEW_AT: Final = 0.2


class TokenError(Exception):
    """Why there is no token: which endpoint, and what it said; never what was sent to it."""


class ClientToken:
    """Asks when a token is due, once for all threads that wait. A secret in Secrets Manager is read when it is needed,
    and again where the one that is held is refused: it may have been rotated."""

    def __init__(self, settings: ClientSettings, *, now: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._now = now
        self._lock = threading.Lock()
        self._token = ""
        self._renew_at = 0.0
        self._ends_at = 0.0
        self._endpoint = settings.token_url
        self._secret = settings.client_secret

    def current(self) -> str:
        """A token that is good for a while. Raises `TokenError`."""
        with self._lock:
            if self._now() >= self._renew_at:
                try:
                    self._renew()
                except TokenError:
                    # Of the one at hand some time is left: enough for the issuer to come back.
                    if self._now() >= self._ends_at:
                        raise
            return self._token

    def _renew(self) -> None:
        endpoint = self._endpoint or self._discover()
        held = self._secret
        answer = self._ask(endpoint, held or self._read_secret())
        if (
            answer.status_code in (400, 401)
            and held is not None
            and self._settings.client_secret_arn is not None
        ):
            answer = self._ask(endpoint, self._read_secret())
        body = parse_object(answer.content) if len(answer.content) <= MAX_BYTES else None
        token = (body or {}).get("access_token")
        if answer.status_code != 200 or not isinstance(token, str) or token == "":
            raise TokenError(f"{httpx.URL(endpoint).host} gives no token: it answered {answer.status_code}")
        seconds = (body or {}).get("expires_in")
        life = float(seconds) if isinstance(seconds, (int, float)) and seconds > 0 else 300.0
        self._token, self._endpoint = token, endpoint
        self._renew_at, self._ends_at = self._now() + life * (1 - RENEW_AT), self._now() + life

    def _ask(self, endpoint: str, secret: str) -> httpx.Response:
        settings = self._settings
        form = {"grant_type": "client_credentials"} | (
            {} if settings.audience is None else {"audience": settings.audience}
        )
        # RFC 6749 section 2.3.1: both are form-encoded before they are joined.
        basic = httpx.BasicAuth(quote_plus(settings.client_id), quote_plus(secret))
        return _send("POST", endpoint, data=form, auth=basic)

    def _discover(self) -> str:
        """OpenID Connect Discovery 1.0 section 4: the document is the issuer's own, byte for byte."""
        issuer = self._settings.issuer or ""
        answer = _send("GET", f"{issuer.removesuffix('/')}/.well-known/openid-configuration")
        body = (
            parse_object(answer.content)
            if answer.status_code == 200 and len(answer.content) <= MAX_BYTES
            else None
        )
        endpoint = (body or {}).get("token_endpoint")
        if body is None or body.get("issuer") != issuer or not isinstance(endpoint, str):
            raise TokenError(f"{httpx.URL(issuer).host} has no discovery document of this issuer")
        if not is_safe(endpoint) or (issuer.startswith("https:") and not endpoint.startswith("https:")):
            raise TokenError(f"{httpx.URL(issuer).host} names a token endpoint that is not https")
        return endpoint

    def _read_secret(self) -> str:
        """Plain, or `{"clientSecret": "…"}` as Postern keeps it."""
        if self._settings.client_secret_arn is None:
            return self._settings.client_secret or ""
        import boto3

        answer = boto3.client("secretsmanager").get_secret_value(SecretId=self._settings.client_secret_arn)
        text = str(answer["SecretString"])
        members = parse_object(text.encode())
        secret = text if members is None else members.get("clientSecret")
        if not isinstance(secret, str) or secret == "":
            raise TokenError('the client\'s secret is neither plain text nor {"clientSecret": "…"}')
        self._secret = secret
        return secret


def _send(method: str, address: str, **options: Any) -> httpx.Response:
    """No redirect is followed: a secret goes where it was meant to go."""
    url = httpx.URL(address)
    try:
        with httpx.Client(trust_env=url.scheme == "https", timeout=TIMEOUT_SECONDS) as client:
            return client.request(method, url, **options)
    except httpx.HTTPError as error:
        raise TokenError(f"{url.host} could not be reached ({type(error).__name__})") from None
