"""Real parts for tests: keys that sign, and an HTTP server on loopback that answers as a test says."""

import asyncio
import base64
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from fastapi import FastAPI
from postern_fastapi.contract import Contract
from postern_fastapi.roles import template_key

Answer = tuple[int, dict[str, str], bytes]


def encoded(value: Any) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class SigningKey:
    """ES256, by the library alone."""

    def __init__(self, kid: str) -> None:
        self.kid = kid
        self._key = ec.generate_private_key(ec.SECP256R1())
        point = self._key.public_key().public_numbers()
        x, y = (encoded(one.to_bytes(32, "big")) for one in (point.x, point.y))
        self.jwk = {"kty": "EC", "crv": "P-256", "kid": kid, "alg": "ES256", "use": "sig", "x": x, "y": y}

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        start = f"{encoded({'alg': 'ES256', 'kid': self.kid, **header})}.{encoded(claims)}"
        r, s = utils.decode_dss_signature(self._key.sign(start.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{start}.{encoded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _nothing(*_: Any) -> Answer:
    return 404, {}, b"{}"


class Loopback:
    """Answers by path; `asked` has the path, the headers and the body of every request."""

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[dict[str, str], bytes], Answer]] = {}
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                path = self.path.split("?")[0]
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.asked.append((self.path, headers, body))
                given: Callable[[dict[str, str], bytes], Answer] = outer.answers.get(path, _nothing)
                status, more, content = given(headers, body)
                self.send_response(status)
                for name, value in {"content-length": str(len(content)), **more}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def log_message(self, *_: Any) -> None:
                """What tests print is theirs."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def json(self, path: str, document: Any, status: int = 200) -> None:
        self.answers[path] = lambda *_: (
            status,
            {"content-type": "application/json"},
            json.dumps(document).encode(),
        )

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    server = Loopback()
    yield server
    server.close()


def ask(app: FastAPI, path: str, method: str = "GET", content: str = "", **headers: str) -> httpx.Response:
    """One request, as a server would hand it over; an exception of the app is a 500."""

    async def asking() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return await client.request(method, path, content=content, headers=headers)

    return asyncio.run(asking())


def key_of(route: str) -> str:
    return template_key(*route.split(" ", 1))


ISS = "https://id.partner.example"
NOW = 1_800_000_000.0


def claims(**more: Any) -> dict[str, Any]:
    return {"iss": ISS, "aud": "orders", "sub": "ada", "exp": NOW + 600, "iat": NOW, **more}


def issuer(keys: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "name": "partner",
        "type": "oidc",
        "iss": ISS,
        "keys": keys,
        "algorithms": ["ES256"],
        "audience": ["orders"],
        "tokenUse": "access",
        "typ": ["", "jwt", "at+jwt"],
        "require": [],
        "clockSkewSeconds": 5,
        "maxKeyAgeSeconds": 3600,
        "maxKeyStaleSeconds": 86400,
        **more,
    }


def contract(keys: dict[str, Any], *, routes: list[str] | None = None, **more: Any) -> Contract:
    """Readers of group `orders` may read orders; everybody the caller's own."""
    group = {"claim": {"name": "groups", "path": ["groups"]}, "matcher": {"equals": "orders"}}
    own = {
        "route": "GET /people/{claims.sub}",
        "key": "GET /people/{}",
        "own": [{"at": 1, "claim": {"name": "sub", "path": ["sub"]}}],
    }
    rule = {"who": "callers of partner", "issuer": "partner", "not": []}
    served = [
        "GET /health",
        "GET /orders",
        "POST /orders",
        "GET /orders/{id}",
        # Named by the manifest, for nobody; the app serves it by the one above.
        "GET /orders/refunds",
        "GET /people/{id}",
        "GET /files/{proxy+}",
    ]
    document = {
        "contract": 1,
        "app": "api",
        "issuers": [issuer(keys)],
        "token": {"place": "header", "name": "authorization"},
        "encodedPaths": "refuse",
        "context": [{"name": "email", "path": ["email"]}, {"name": "teams", "path": ["teams"]}],
        "public": [{"route": "GET /health", "key": "GET /health"}],
        "roles": [
            {
                "name": "reader",
                "includes": [],
                "trust": [{**rule, "claims": [group]}],
                "routes": [
                    {"route": one, "key": key_of(one)}
                    for one in ("GET /orders", "GET /orders/{id}", "GET /files/{proxy+}")
                ],
                "lends": [],
            },
            {
                "name": "person",
                "includes": [],
                "trust": [{**rule, "claims": []}],
                "routes": [own],
                "lends": [],
            },
        ],
        "routes": [
            {"route": one, "key": key_of(one), "open": False, "roles": []} for one in (routes or served)
        ],
        **more,
    }
    return Contract.model_validate_json(json.dumps(document))
