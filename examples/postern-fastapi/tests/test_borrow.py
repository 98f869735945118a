"""What a service borrows, by botocore, from a broker that speaks as Postern's does."""

import base64
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError
from conftest import Answer, Loopback
from postern_fastapi.borrow import Borrower
from postern_fastapi.client_token import ClientToken, TokenError
from postern_fastapi.settings import ClientSettings, Settings


class Broker:
    """Lends for `seconds`, to whoever has the token that the endpoint gave last."""

    def __init__(self, loopback: Loopback) -> None:
        self.loopback = loopback
        self.seconds = 3600.0
        self.token = ""
        self.expires_in: object = 3600
        self.lent = 0
        loopback.answers["/token"] = self._token
        for role in ("keeper", "other"):
            loopback.answers[f"/credentials/{role}"] = self._lend

    def _token(self, headers: dict[str, str], body: bytes) -> Answer:
        if (
            headers.get("authorization")
            != f"Basic {base64.b64encode(b'orders%3Aservice:a+secret%2F').decode()}"
        ):
            return 401, {}, b'{"error":"invalid_client"}'
        self.token = f"token-{len(self.loopback.asked)}"
        return 200, {}, json.dumps({"access_token": self.token, "expires_in": self.expires_in}).encode()

    def _lend(self, headers: dict[str, str], _: bytes) -> Answer:
        if headers.get("authorization") != self.token:
            return 403, {}, b'{"code":"AccessDenied","message":"no"}'
        self.lent += 1
        ends = datetime.now(UTC) + timedelta(seconds=self.seconds)
        document = {
            "AccessKeyId": f"ASIA{self.lent}",
            "SecretAccessKey": "s",
            "Token": "t",
            "Expiration": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        return 200, {}, json.dumps(document).encode()

    @property
    def paths(self) -> list[str]:
        return [path for path, _, _ in self.loopback.asked]


@pytest.fixture
def broker(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> Broker:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    return Broker(loopback)


def settings(loopback: Loopback, **more: Any) -> Settings:
    client = {
        "client_id": "orders:service",
        "client_secret": "a secret/",
        "token_url": f"{loopback.url}/token",
        **more,
    }
    return Settings(loopback.url, ClientSettings(**client), "contract.json")


def keys(client: Any) -> str:
    return str(client._request_signer._credentials.get_frozen_credentials().access_key)


def test_a_session_a_role_and_scope_and_one_token_for_all(loopback: Loopback, broker: Broker) -> None:
    borrower = Borrower(settings(loopback))
    read, write = (borrower.client("s3", role="keeper", scope=scope) for scope in ("read", "write"))
    other = borrower.client("s3", role="other")
    assert len({keys(read), keys(write), keys(other)}) == 3
    assert borrower.client("s3", role="keeper", scope="read") is read
    assert broker.paths == [
        "/token",
        "/credentials/keeper?scope=read",
        "/credentials/keeper?scope=write",
        "/credentials/other",
    ]


def test_credentials_that_end_are_replaced_by_botocore(loopback: Loopback, broker: Broker) -> None:
    broker.seconds = 2
    client = Borrower(settings(loopback)).client("s3", role="keeper", scope="read")
    first = keys(client)
    broker.seconds = 3600
    second = keys(client)
    assert first != second and keys(client) == second


def test_a_token_is_renewed_when_it_is_due_and_not_before(loopback: Loopback, broker: Broker) -> None:
    now = [1000.0]
    token = ClientToken(settings(loopback).client or ClientSettings(""), now=lambda: now[0])
    broker.expires_in = 100
    first = token.current()
    now[0] += 79
    assert token.current() == first
    now[0] += 1
    second = token.current()
    assert second != first
    # The endpoint fails: the one at hand serves to its end, and no longer.
    loopback.json("/token", {}, 503)
    now[0] += 99
    assert token.current() == second
    now[0] += 1
    with pytest.raises(TokenError, match="it answered 503"):
        token.current()


def test_an_issuer_that_is_down_is_asked_once_a_second(loopback: Loopback, broker: Broker) -> None:
    loopback.json("/token", {}, 503)
    now = [1000.0]
    token = ClientToken(settings(loopback).client or ClientSettings(""), now=lambda: now[0])
    for _ in range(5):
        with pytest.raises(TokenError, match="it answered 503"):
            token.current()
    assert broker.paths == ["/token"]
    now[0] += 1
    loopback.answers["/token"] = broker._token
    assert token.current() == broker.token


def test_an_answer_without_end_is_not_read(loopback: Loopback, broker: Broker) -> None:
    loopback.json("/token", {"access_token": "x", "padding": "x" * 70_000})
    with pytest.raises(TokenError, match="more than 65536 bytes"):
        ClientToken(settings(loopback).client or ClientSettings("")).current()


def test_a_secret_that_may_not_be_read_is_said_so(
    loopback: Loopback, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", loopback.url)
    loopback.json("/", {"__type": "AccessDeniedException"}, 400)
    own = settings(
        loopback, client_secret=None, client_secret_arn="arn:aws:secretsmanager:eu-west-1:1:secret:x"
    )
    with pytest.raises(TokenError, match=r"Secrets Manager does not give the client's secret"):
        ClientToken(own.client or ClientSettings("")).current()


def test_many_threads_ask_for_one_token(loopback: Loopback, broker: Broker) -> None:
    token = ClientToken(settings(loopback).client or ClientSettings(""))
    threads = [threading.Thread(target=token.current) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broker.paths == ["/token"]


def test_the_endpoint_is_found_by_discovery_and_only_the_issuers_own_counts(
    loopback: Loopback, broker: Broker
) -> None:
    own = settings(loopback, token_url=None, issuer=f"{loopback.url}/uaa").client or ClientSettings("")
    document = {"issuer": f"{loopback.url}/uaa", "token_endpoint": f"{loopback.url}/token"}
    loopback.json("/uaa/.well-known/openid-configuration", document)
    assert ClientToken(own).current() == broker.token
    loopback.json("/uaa/.well-known/openid-configuration", {**document, "issuer": "https://another.example"})
    with pytest.raises(TokenError, match="no discovery document of this issuer"):
        ClientToken(own).current()
    loopback.json(
        "/uaa/.well-known/openid-configuration", {**document, "token_endpoint": "http://id.example/token"}
    )
    with pytest.raises(TokenError, match="not https"):
        ClientToken(own).current()


def refused(*_: Any) -> Answer:
    return 403, {}, b'{"code":"AccessDenied","message":"role_not_granted"}'


def garbage(*_: Any) -> Answer:
    return 200, {}, b"<html>"


@pytest.mark.parametrize("answer", [refused, garbage])
def test_a_broker_that_refuses_gives_no_client(
    loopback: Loopback, broker: Broker, answer: Callable[..., Answer]
) -> None:
    loopback.answers["/credentials/keeper"] = answer
    with pytest.raises(BotoCoreError) as raised:
        Borrower(settings(loopback)).client("s3", role="keeper", scope="read")
    assert broker.token not in str(raised.value)


def test_a_secret_that_is_refused_is_not_in_the_error(loopback: Loopback, broker: Broker) -> None:
    wrong = settings(loopback, client_secret="not-the-secret").client or ClientSettings("")
    with pytest.raises(TokenError) as raised:
        ClientToken(wrong).current()
    assert "it answered 401" in str(raised.value) and "not-the-secret" not in str(raised.value)


def test_a_token_endpoint_that_redirects_is_not_followed(loopback: Loopback, broker: Broker) -> None:
    loopback.answers["/moved"] = lambda *_: (307, {"location": f"{loopback.url}/token"}, b"")
    own = settings(loopback, token_url=f"{loopback.url}/moved").client or ClientSettings("")
    with pytest.raises(TokenError, match="it answered 307"):
        ClientToken(own).current()
    assert broker.paths == ["/moved"]


def test_a_secret_in_secrets_manager_is_read_again_when_it_was_rotated(
    loopback: Loopback, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", loopback.url)
    held = ["an old secret"]
    loopback.answers["/"] = lambda *_: (
        200,
        {},
        json.dumps({"SecretString": json.dumps({"clientSecret": held[0]})}).encode(),
    )
    now = [1000.0]
    own = settings(
        loopback,
        client_secret=None,
        client_secret_arn="arn:aws:secretsmanager:eu-west-1:123456789012:secret:x",
    ).client
    token = ClientToken(own or ClientSettings(""), now=lambda: now[0])
    with pytest.raises(TokenError):
        token.current()
    held[0] = "a secret/"
    now[0] += 1
    assert token.current() == broker.token
    assert broker.paths == ["/", "/token", "/token", "/", "/token"]
