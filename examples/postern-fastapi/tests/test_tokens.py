"""A service that verifies tokens by itself."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from conftest import ISS, NOW, Loopback, SigningKey, claims, contract
from fastapi import APIRouter, FastAPI
from postern_fastapi import CallerOf, GuardedRoute, install
from postern_fastapi.fetch import fetch_json
from postern_fastapi.tokens import TokenGuard

READER = claims(groups=["orders"], email="ada@example.com", teams=["a", "b"])


SCOPE = {
    "type": "http",
    "method": "GET",
    "query_string": b"",
    "http_version": "1.1",
    "scheme": "http",
    "server": ("service", 80),
    "client": None,
    "root_path": "",
}


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


class Issuer:
    """With discovery as OpenID Connect has it; `iss` is an address that is not on this machine."""

    def __init__(self, loopback: Loopback) -> None:
        self.loopback = loopback
        self.discovery = f"{loopback.url}/.well-known/openid-configuration"
        loopback.json(
            "/.well-known/openid-configuration", {"issuer": ISS, "jwks_uri": f"{loopback.url}/keys"}
        )

    def publish(self, *keys: SigningKey) -> None:
        self.loopback.json("/keys", {"keys": [key.jwk for key in keys]})

    def down(self) -> None:
        self.loopback.json("/keys", {}, 503)

    @property
    def fetches(self) -> int:
        return sum(path == "/keys" for path, _, _ in self.loopback.asked)


class Service:
    def __init__(self, keys: dict[str, Any], clock: Clock) -> None:
        self.lines: list[str] = []
        router = APIRouter(route_class=GuardedRoute)

        @router.get("/orders")
        async def orders(who: CallerOf) -> dict[str, Any]:
            return {"subject": who.subject, "roles": who.roles, "context": dict(who.context)}

        @router.get("/orders/{order_id}")
        async def order(order_id: str) -> str:
            return order_id

        @router.post("/orders")
        async def create() -> None: ...

        @router.get("/people/{name}")
        async def person(name: str) -> str:
            return name

        @router.get("/files/{rest:path}")
        async def file(rest: str) -> str:
            return rest

        self.app = FastAPI(openapi_url=None, redirect_slashes=False)
        self.app.include_router(router)
        held = contract(keys)
        install(self.app, TokenGuard(held, now=clock), held, service="orders", emit=self.lines.append)

    async def ask(
        self, path: str, token: str | None = None, method: str = "GET", **headers: str
    ) -> httpx.Response:
        given = {} if token is None else {"authorization": f"Bearer {token}"}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return await client.request(method, path, headers={**given, **headers})

    async def reason(
        self, path: str, token: str | None = None, method: str = "GET", **headers: str
    ) -> tuple[int, str]:
        answer = await self.ask(path, token, method, **headers)
        return answer.status_code, answer.json().get(
            "reason", "granted"
        ) if answer.status_code != 200 else "granted"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def issuer(loopback: Loopback) -> Issuer:
    return Issuer(loopback)


@pytest.fixture
def service(issuer: Issuer, clock: Clock) -> Service:
    return Service({"discovery": issuer.discovery}, clock)


def test_a_caller_is_known_by_a_token_whose_keys_were_discovered(issuer: Issuer, service: Service) -> None:
    key = SigningKey("k1")
    issuer.publish(key)
    answer = asyncio.run(service.ask("/orders", key.sign(READER)))
    assert answer.json() == {
        "subject": "ada",
        "roles": ["reader", "person"],
        "context": {"email": "ada@example.com", "teams": '["a","b"]'},
    }
    assert json.loads(service.lines[0])["effect"] == "allow"


def test_keys_are_fetched_once_for_many_requests_at_once(issuer: Issuer, service: Service) -> None:
    key = SigningKey("k1")
    issuer.publish(key)

    async def many() -> list[int]:
        answers = await asyncio.gather(*(service.ask("/orders", key.sign(READER)) for _ in range(50)))
        return [answer.status_code for answer in answers]

    assert asyncio.run(many()) == [200] * 50
    assert issuer.fetches == 1


def test_a_key_that_is_new_is_fetched_for_and_made_up_ones_make_no_storm(
    issuer: Issuer, service: Service, clock: Clock
) -> None:
    old, new = SigningKey("k1"), SigningKey("k2")
    issuer.publish(old)

    async def story() -> None:
        assert await service.reason("/orders", old.sign(READER)) == (200, "granted")
        issuer.publish(old, new)
        assert await service.reason("/orders", new.sign(READER)) == (200, "granted")
        fetched = issuer.fetches
        # What a fetch might cure is not the caller's fault, and not fetched for within the cooldown.
        for at in range(20):
            assert await service.reason("/orders", SigningKey(f"made-up-{at}").sign(READER)) == (
                503,
                "keys_stale",
            )
        assert issuer.fetches == fetched
        clock.now += 10
        assert await service.reason("/orders", SigningKey("made-up").sign(READER)) == (401, "key_unknown")

    asyncio.run(story())


def test_keys_serve_on_while_the_issuer_is_down_and_not_for_ever(
    issuer: Issuer, service: Service, clock: Clock
) -> None:
    key = SigningKey("k1")
    issuer.publish(key)

    async def at(seconds: float) -> tuple[int, str]:
        clock.now = NOW + seconds
        return await service.reason("/orders", key.sign({**READER, "exp": clock.now + 600}))

    async def story() -> None:
        assert await at(0) == (200, "granted")
        issuer.down()
        assert await at(3601) == (200, "granted")
        assert await at(86_399) == (200, "granted")
        assert await at(86_400) == (503, "keys_stale")
        issuer.publish(key)
        assert await at(86_401 + 10) == (200, "granted")

    asyncio.run(story())


def test_a_key_that_changed_under_its_name_is_found(issuer: Issuer, service: Service, clock: Clock) -> None:
    old, new = SigningKey("k1"), SigningKey("k1")
    issuer.publish(old)

    async def story() -> None:
        assert await service.reason("/orders", old.sign(READER)) == (200, "granted")
        issuer.publish(new)
        assert await service.reason("/orders", new.sign(READER)) == (401, "signature_invalid")
        clock.now += 10
        assert await service.reason("/orders", new.sign(READER)) == (200, "granted")
        assert await service.reason("/orders", old.sign(READER)) == (401, "signature_invalid")

    asyncio.run(story())


@pytest.mark.parametrize(
    ("path", "document", "status"),
    [
        ("/.well-known/openid-configuration", {"issuer": "https://another.example", "jwks_uri": "KEYS"}, 200),
        ("/.well-known/openid-configuration", {"issuer": ISS}, 200),
        (
            "/.well-known/openid-configuration",
            {"issuer": ISS, "jwks_uri": "http://id.partner.example/keys"},
            200,
        ),
        ("/keys", {"keys": []}, 200),
        ("/keys", {"keys": [{"kty": "oct", "k": "AAAA"}]}, 200),
        ("/keys", {"padding": "x" * 300_000, "keys": []}, 200),
        ("/keys", {}, 302),
        ("/keys", {}, 500),
    ],
)
def test_an_issuer_that_does_not_answer_as_it_should_gives_no_keys_and_the_fault_is_ours(
    issuer: Issuer, service: Service, path: str, document: dict[str, Any], status: int
) -> None:
    issuer.publish(SigningKey("k1"))
    issuer.loopback.json(
        path,
        {
            **document,
            **({"jwks_uri": f"{issuer.loopback.url}/keys"} if document.get("jwks_uri") == "KEYS" else {}),
        },
        status,
    )
    assert asyncio.run(service.reason("/orders", SigningKey("k1").sign(READER))) == (503, "keys_unavailable")


def test_keys_are_not_fetched_over_http_from_elsewhere() -> None:
    for address in (
        "http://id.partner.example/keys",
        "https://user@id.partner.example/keys",
        "file:///etc/passwd",
        "http://127.0.0.1.example/",
    ):
        with pytest.raises(Exception, match="https alone"):
            asyncio.run(fetch_json(address))


def test_a_role_grants_its_routes_and_no_others(issuer: Issuer, service: Service) -> None:
    key = SigningKey("k1")
    issuer.publish(key)
    reader, stranger = key.sign(READER), key.sign(claims(sub="bob"))

    async def story() -> None:
        assert await service.reason("/orders/7", reader) == (200, "granted")
        assert await service.reason("/files/a/b", reader) == (200, "granted")
        assert await service.reason("/orders", reader, "POST") == (403, "route_not_granted")
        assert await service.reason("/people/ada", reader) == (200, "granted")
        assert await service.reason("/people/bob", reader) == (403, "route_not_granted")
        assert await service.reason("/people/bob", stranger) == (200, "granted")
        assert await service.reason("/orders/7", stranger) == (403, "route_not_granted")
        assert await service.reason("/orders/refunds", reader) == (403, "route_not_granted")
        assert await service.reason("/people/x", key.sign(claims(sub="a/b"))) == (403, "claim_unsafe")

    asyncio.run(story())


@pytest.mark.parametrize(
    "path", ["/orders/%37", "/orders/a%2Fb", "/files//a", "/files/a/", "/files/a/../b", "/files/..;x/b"]
)
def test_a_path_that_can_be_read_in_two_ways_is_refused(issuer: Issuer, service: Service, path: str) -> None:
    key = SigningKey("k1")
    issuer.publish(key)
    scope = {
        "path": httpx.URL(path).path,
        "raw_path": path.encode(),
        "headers": [(b"authorization", key.sign(READER).encode())],
    }
    assert asyncio.run(_status(service.app, {**SCOPE, **scope})) in (403, 404)


async def _status(app: FastAPI, scope: dict[str, Any]) -> int:
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await app(scope, receive, send)
    return statuses[0]


@pytest.mark.parametrize("root_path", ["/api", "/people"])
def test_below_another_path_a_claim_is_not_held_against_the_wrong_segment(
    issuer: Issuer, service: Service, root_path: str
) -> None:
    key = SigningKey("k1")
    issuer.publish(key)
    # Whose subject is the name of a segment before the route's own would be everybody otherwise.
    token = key.sign(claims(sub="people"))
    path = f"{root_path}/people/bob"
    scope = {
        "path": path,
        "raw_path": path.encode(),
        "root_path": root_path,
        "headers": [(b"authorization", token.encode())],
    }
    assert asyncio.run(_status(service.app, {**SCOPE, **scope})) in (403, 404)


def test_one_place_holds_one_token(issuer: Issuer, service: Service) -> None:
    key = SigningKey("k1")
    issuer.publish(key)
    token = key.sign(READER)

    async def story() -> None:
        assert await service.reason("/orders") == (401, "token_missing")
        assert await service.reason(f"/orders?access_token={token}") == (401, "token_missing")
        assert await service.reason("/orders", authorization=token) == (200, "granted")
        assert await service.reason("/orders", authorization=f"Basic {token}") == (401, "token_malformed")
        assert await service.reason("/orders", authorization=f"Bearer {token}, Bearer {token}") == (
            401,
            "token_ambiguous",
        )

    asyncio.run(story())


def test_no_line_holds_a_token_or_a_query(issuer: Issuer, service: Service) -> None:
    key = SigningKey("k1")
    issuer.publish(key)
    token = key.sign(READER)

    async def story() -> None:
        await service.ask(f"/orders?secret={token}", token)
        await service.ask(f"/orders/{token}", f"{token[:-8]}AAAAAAAA")
        await service.ask(f"/nothing/{token}", token)

    asyncio.run(story())
    assert [json.loads(line)["reason"] for line in service.lines] == [
        "granted",
        "signature_invalid",
        "route_unknown",
    ]
    assert token.split(".")[1] not in "".join(service.lines)
    assert "secret" not in "".join(service.lines)
