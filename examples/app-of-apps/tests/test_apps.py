"""The three apps behind Postern's authorizer, by events as API Gateway makes them."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from mangum import Mangum
from postern_fastapi.authorizer import AuthorizerGuard
from postern_fastapi.contract import Contract
from postern_fastapi.roles import template_key
from postern_fastapi.served import served

FOLDER = Path(__file__).parent.parent
APPS = ("billing", "analytics", "users")


def app_of(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"{name}_app", FOLDER / name / "app.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.create_app(AuthorizerGuard(), contract_of(name))


def routes_of(name: str) -> list[str]:
    return list(json.loads((FOLDER / name / "routes.json").read_text())["http"])


def contract_of(name: str) -> Contract:
    routes = [
        {"route": route, "key": template_key(*route.split(" ", 1)), "open": False, "roles": []}
        for route in routes_of(name)
    ]
    token = {"place": "header", "name": "authorization"}
    settings = {
        "issuers": [],
        "token": token,
        "encodedPaths": "refuse",
        "context": [],
        "public": [],
        "roles": [],
    }
    return Contract.model_validate_json(
        json.dumps({"contract": 1, "app": name, **settings, "routes": routes})
    )


def ask(app: Any, route: str, subject: str | None, body: str = "") -> tuple[int, str]:
    method, path = route.split(" ")
    context = (
        {"lambda": {"issuer": "people", "subject": subject, "roles": "a,b", "decisionId": "d"}}
        if subject
        else {}
    )
    request = {
        "stage": "$default",
        "http": {"method": method, "path": path, "sourceIp": "192.0.2.1"},
        "authorizer": context,
    }
    event = {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json"},
        "requestContext": request,
        "body": body,
        "isBase64Encoded": False,
    }
    said = Mangum(app, lifespan="off")(event, None)  # type: ignore[arg-type]
    return said["statusCode"], said["body"]


@pytest.mark.parametrize("name", APPS)
def test_an_app_has_the_routes_of_its_routes_file_and_lets_nobody_in_who_came_past_the_authorizer(
    name: str,
) -> None:
    app = app_of(name)
    keys = [f"{method} {one.template}" for one in served(app) for method in one.methods]
    assert sorted(key.split("{")[0] for key in keys) == sorted(
        route.split("{")[0] for route in routes_of(name)
    )
    for route in routes_of(name):
        status, body = ask(app, route.replace("{id}", "1"), None)
        assert (status, json.loads(body)["message"]) == (401, "this request went through no authorizer")


def test_what_is_written_is_written_by_the_caller() -> None:
    status, body = ask(app_of("billing"), "POST /invoices", "ada", '{"customer": "ACME", "cents": 5}')
    assert (status, json.loads(body)["written_by"]) == (201, "ada")
    status, body = ask(app_of("analytics"), "POST /reports", "ada", '{"title": "Invoices"}')
    assert (status, json.loads(body)["written_by"]) == (201, "ada")


@pytest.mark.parametrize(
    ("name", "route", "body"),
    [
        ("billing", "POST /invoices", '{"customer": "ACME", "cents": 0}'),
        ("billing", "POST /invoices", '{"customer": "ACME", "cents": 5, "written_by": "eve"}'),
        ("analytics", "POST /reports", "{}"),
        ("users", "PUT /users/ada", '{"name": ""}'),
    ],
)
def test_a_body_that_is_none_is_refused(name: str, route: str, body: str) -> None:
    assert ask(app_of(name), route, "ada", body)[0] == 422


def test_a_profile_is_changed_and_deleted() -> None:
    app = app_of("users")
    assert ask(app, "PUT /users/carl", "carl", '{"name": "Carl"}') == (200, '{"name":"Carl"}')
    assert ask(app, "DELETE /users/carl", "eve")[0] == 204
    assert ask(app, "GET /users/carl", "carl")[0] == 404


def test_an_invoice_that_was_cancelled_leaves_its_number_to_no_other() -> None:
    app = app_of("billing")
    written = [ask(app, "POST /invoices", "ada", '{"customer": "ACME", "cents": 5}')[1] for _ in range(2)]
    assert ask(app, "DELETE /invoices/1", "ada")[0] == 204
    written.append(ask(app, "POST /invoices", "ada", '{"customer": "ACME", "cents": 5}')[1])
    assert [json.loads(one)["id"] for one in written] == ["2", "3", "4"]
