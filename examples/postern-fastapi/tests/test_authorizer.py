"""A service behind API Gateway and Postern's authorizer knows who calls by the event alone."""

from typing import Any

import pytest
from conftest import SigningKey, contract
from fastapi import APIRouter, FastAPI
from mangum import Mangum
from postern_fastapi import CallerOf, GuardedRoute, install
from postern_fastapi.authorizer import AuthorizerGuard

CONTEXT = {
    "issuer": "staff",
    "subject": "ada",
    "roles": "reader,person",
    "decisionId": "decision-1",
    "app": "api",
    "deniedReason": "route_not_granted",
    "email": "ada@example.com",
    "principalId": "staff|ada",
    "integrationLatency": 12,
}
SEEN = {
    "issuer": "staff",
    "subject": "ada",
    "roles": ["reader", "person"],
    "decision": "decision-1",
    "context": {"email": "ada@example.com"},
}


def the_handler() -> Mangum:
    router = APIRouter(route_class=GuardedRoute)

    @router.get("/orders")
    async def read(who: CallerOf) -> dict[str, Any]:
        return {
            "issuer": who.issuer,
            "subject": who.subject,
            "roles": who.roles,
            "decision": who.decision_id,
            "context": dict(who.context),
        }

    app = FastAPI(openapi_url=None, redirect_slashes=False)
    app.include_router(router)
    install(
        app,
        AuthorizerGuard(),
        contract({"jwks": {"keys": [SigningKey("k1").jwk]}}),
        service="orders",
        emit=lambda _: None,
    )
    return Mangum(app, lifespan="off")


def rest(authorizer: Any) -> dict[str, Any]:
    return {
        "resource": "/orders",
        "path": "/orders",
        "httpMethod": "GET",
        "headers": {"x-authorizer": '{"subject":"eve"}'},
        "multiValueHeaders": {},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "requestContext": {
            "resourcePath": "/orders",
            "httpMethod": "GET",
            "stage": "dev",
            "identity": {},
            "authorizer": authorizer,
        },
        "body": None,
        "isBase64Encoded": False,
    }


def http(authorizer: Any) -> dict[str, Any]:
    return {
        "version": "2.0",
        "routeKey": "GET /orders",
        "rawPath": "/orders",
        "rawQueryString": "",
        "headers": {},
        "requestContext": {
            "stage": "$default",
            "http": {"method": "GET", "path": "/orders", "sourceIp": "192.0.2.1"},
            "authorizer": authorizer,
        },
        "isBase64Encoded": False,
    }


def answer(event: dict[str, Any]) -> tuple[int, Any]:
    import json

    said = the_handler()(event, None)  # type: ignore[arg-type]
    return said["statusCode"], json.loads(said["body"])


@pytest.mark.parametrize("event", [rest(CONTEXT), http({"lambda": CONTEXT})])
def test_the_caller_is_who_the_authorizer_says(event: dict[str, Any]) -> None:
    assert answer(event) == (200, SEEN)


@pytest.mark.parametrize(
    "event",
    [
        rest(None),
        rest({}),
        rest("ada"),
        rest({**CONTEXT, "subject": ""}),
        rest({**CONTEXT, "subject": 5}),
        rest({**CONTEXT, "decisionId": None}),
        # What another kind of authorizer leaves there.
        rest({"claims": {"sub": "ada"}, "principalId": "ada"}),
        http({"jwt": {"claims": {"sub": "ada"}}}),
        http(CONTEXT),
        http({"lambda": None}),
        rest({"lambda": CONTEXT}),
    ],
)
def test_a_request_without_that_is_refused(event: dict[str, Any]) -> None:
    status, body = answer(event)
    assert (status, body["message"]) == (401, "this request went through no authorizer")


def test_a_caller_without_a_role_has_none() -> None:
    assert answer(rest({**CONTEXT, "roles": ""}))[1]["roles"] == []
