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
#: After a failure none is asked for again for this long, whoever waits.
COOLDOWN_SECONDS: Final = 1.0
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
        self._failure: TokenError | None = None
        self._endpoint = settings.token_url
        self._secret = settings.client_secret

    def current(self) -> str:
        """A token that is good for a while. Raises `TokenError`."""
        with self._lock:
            now = self._now()
            if now >= self._renew_at:
                try:
                    self._renew()
                except TokenError as error:
                    self._renew_at, self._failure = now + COOLDOWN_SECONDS, error
            # Of the one at hand some time may be left: enough for the issuer to come back.
            if now >= self._ends_at and self._failure is not None:
                raise TokenError(str(self._failure))
            return self._token

    def _renew(self) -> None:
        endpoint = self._endpoint or self._discover()
        held = self._secret
        status, body = self._ask(endpoint, held or self._read_secret())
        if status in (400, 401) and held is not None and self._settings.client_secret_arn is not None:
            status, body = self._ask(endpoint, self._read_secret())
        token = body.get("access_token")
        if status != 200 or not isinstance(token, str) or token == "":
            raise TokenError(f"{httpx.URL(endpoint).host} gives no token: it answered {status}")
        seconds = body.get("expires_in")
        life = float(seconds) if isinstance(seconds, (int, float)) and seconds > 0 else 300.0
        self._token, self._endpoint, self._failure = token, endpoint, None
        self._renew_at, self._ends_at = self._now() + life * (1 - RENEW_AT), self._now() + life

    def _ask(self, endpoint: str, secret: str) -> tuple[int, dict[str, Any]]:
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
        status, body = _send("GET", f"{issuer.removesuffix('/')}/.well-known/openid-configuration")
        endpoint = body.get("token_endpoint")
        if status != 200 or body.get("issuer") != issuer or not isinstance(endpoint, str):
            raise TokenError(f"{httpx.URL(issuer).host} has no discovery document of this issuer")
        if not is_safe(endpoint) or (issuer.startswith("https:") and not endpoint.startswith("https:")):
            raise TokenError(f"{httpx.URL(issuer).host} names a token endpoint that is not https")
        return endpoint

    def _read_secret(self) -> str:
        """Plain, or `{"clientSecret": "…"}` as Postern keeps it."""
        if self._settings.client_secret_arn is None:
            return self._settings.client_secret or ""
        text = _secret_string(self._settings.client_secret_arn)
        members = parse_object(text.encode())
        secret = text if members is None else members.get("clientSecret")
        if not isinstance(secret, str) or secret == "":
            raise TokenError('the client\'s secret is neither plain text nor {"clientSecret": "…"}')
        self._secret = secret
        return secret


def _secret_string(arn: str) -> str:
    """By the credentials of the function's own role."""
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    bounds = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 2})
    try:
        return str(
            boto3.client("secretsmanager", config=bounds).get_secret_value(SecretId=arn)["SecretString"]
        )
    except (BotoCoreError, ClientError, KeyError) as error:
        raise TokenError(
            f"Secrets Manager does not give the client's secret ({type(error).__name__})"
        ) from None


def _send(method: str, address: str, **options: Any) -> tuple[int, dict[str, Any]]:
    """The status and the JSON object of the answer. No redirect is followed: a secret goes where it was meant to go."""
    url = httpx.URL(address)
    client = httpx.Client(trust_env=url.scheme == "https", timeout=TIMEOUT_SECONDS)
    content = bytearray()
    try:
        with client, client.stream(method, url, **options) as answer:
            for chunk in answer.iter_bytes():
                content += chunk
                if len(content) > MAX_BYTES:
                    raise TokenError(f"{url.host} answered with more than {MAX_BYTES} bytes")
            return answer.status_code, parse_object(bytes(content)) or {}
    except httpx.HTTPError as error:
        raise TokenError(f"{url.host} could not be reached ({type(error).__name__})") from None
