"""The app itself, behind a guard that a test chooses; test/cloud of Postern has it with real issuers and a real broker."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError
from fastapi import FastAPI, Request
from orders import MAX_BODY_BYTES, create_app
from postern_fastapi import Caller, Refusal
from postern_fastapi.client_token import TokenError
from postern_fastapi.contract import Contract
from postern_fastapi.roles import template_key
from postern_fastapi.served import served

FOLDER = Path(__file__).parent.parent


def contract() -> Contract:
    routes = json.loads((FOLDER / "routes.json").read_text())["rest"]
    return Contract.model_validate_json(
        json.dumps(
            {
                "contract": 1,
                "app": "api",
                "issuers": [],
                "token": {"place": "header", "name": "authorization"},
                "encodedPaths": "refuse",
                "context": [],
                "public": [{"route": "GET /health", "key": "GET /health"}],
                "roles": [],
                "routes": [
                    {"route": route, "key": template_key(*route.split(" ", 1)), "open": False, "roles": []}
                    for route in routes
                ],
            }
        )
    )


async def ada(request: Request) -> Caller:
    return Caller("staff", "ada", ("orders-writer",), "decision-1")


async def nobody(request: Request) -> Caller:
    raise Refusal("role_none", "no role trusts the caller")


class S3:
    """What an app sees of S3 by the sessions that it borrows."""

    client_id = "orders-service"

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self.objects: dict[str, bytes] = {}
        self.error: Exception | None = None

    def client(self, service: str, *, role: str, scope: str | None = None) -> "S3":
        self.asked.append((role, scope))
        return self

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> None:
        self.objects[f"{Bucket}/{Key}"] = Body

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        if self.error is not None:
            raise self.error
        return {"Body": httpx.ByteStream(self.objects[f"{Bucket}/{Key}"])}


def app(guard: Any = ada, s3: Any = None) -> FastAPI:
    return create_app(guard, contract(), s3 or S3())


def ask(app: FastAPI, method: str, path: str, **content: Any) -> httpx.Response:
    async def asking() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://orders") as client:
            return await client.request(method, path, **content)

    return asyncio.run(asking())


def test_the_routes_file_has_the_routes_of_the_app() -> None:
    names = {"order_id": "id", "customer_id": "id", "{owner}/{name}": "{name}/{file}"}

    def written(method: str, template: str) -> str:
        for ours, theirs in names.items():
            template = template.replace(ours, theirs)
        return f"{method} {template}"

    routes = [written(method, one.template) for one in served(app()) for method in one.methods]
    assert sorted(routes) == sorted(json.loads((FOLDER / "routes.json").read_text())["rest"])


def test_nobody_gets_past_the_guard_but_to_health() -> None:
    refusing = app(nobody)
    for route in contract().routes:
        method, path = route.route.split(" ")
        answer = ask(refusing, method, path.replace("{", "").replace("}", ""))
        assert answer.status_code == (200 if path == "/health" else 403), route.route


def test_an_order_is_made_read_changed_and_deleted() -> None:
    own = app()
    made = ask(own, "POST", "/orders", json={"item": "compass"})
    assert (made.status_code, made.json()) == (201, {"item": "compass", "id": "3", "customer": "ada"})
    assert ask(own, "PUT", "/orders/3", json={"item": "map"}).json()["item"] == "map"
    assert [one["id"] for one in ask(own, "GET", "/customers/ada/orders").json()["orders"]] == ["1", "3"]
    assert ask(own, "DELETE", "/orders/3").status_code == 204
    assert ask(own, "GET", "/orders/3").status_code == 404


@pytest.mark.parametrize(
    "body",
    ['{"item": ""}', '{"item": "x", "id": "1"}', "{}", "[]", "not json", json.dumps({"item": "x" * 201})],
)
def test_a_body_that_is_no_order_is_refused(body: str) -> None:
    assert (
        ask(app(), "POST", "/orders", content=body, headers={"content-type": "application/json"}).status_code
        == 422
    )


def test_each_route_borrows_by_the_scope_that_it_needs() -> None:
    s3 = S3()
    own = app(s3=s3)
    assert ask(own, "PUT", "/exports/a.csv", content=b"1,2").status_code == 201
    assert s3.objects == {"acme-orders/orders-service/a.csv": b"1,2"}
    assert s3.asked == [("exports-keeper", "write")]
    s3.error = ClientError(
        {"Error": {"Code": "AccessDenied", "Message": "arn:aws:sts::123456789012:…"}}, "GetObject"
    )
    refused = ask(own, "GET", "/exports/billing/secret.csv")
    assert (refused.status_code, refused.json()) == (403, {"detail": "AWS does not let this service do that"})
    assert s3.asked[1:] == [("exports-keeper", "read")]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject"), 404),
        (ClientError({"Error": {"Code": "SlowDown"}}, "GetObject"), 502),
        (TokenError("uaa.cf.example gives no token: it answered 401"), 503),
    ],
)
def test_what_aws_or_the_broker_say_is_told_in_words_of_this_service(error: Exception, status: int) -> None:
    s3 = S3()
    s3.error = error
    answer = ask(app(s3=s3), "GET", "/exports/orders-service/a.csv")
    assert answer.status_code == status and "uaa" not in answer.text


def test_an_export_has_a_bound_and_a_plain_name() -> None:
    own = app()
    assert ask(own, "PUT", "/exports/a.csv", content=b"x" * MAX_BODY_BYTES).status_code == 201
    assert ask(own, "PUT", "/exports/a.csv", content=b"x" * (MAX_BODY_BYTES + 1)).status_code == 413
    assert ask(own, "PUT", "/exports/..", content=b"x").status_code == 404
    assert ask(own, "PUT", "/exports/.hidden", content=b"x").status_code == 422
