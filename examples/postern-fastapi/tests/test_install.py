"""An app that somebody forgot to guard does not start, and every request leaves a record."""

import json

import pytest
from conftest import SigningKey, ask, contract, key_of
from fastapi import APIRouter, FastAPI, Request, WebSocket
from postern_fastapi import Caller, CallerOf, GuardedRoute, Refusal, install
from postern_fastapi.contract import ServedRoute
from pydantic import TypeAdapter

KEYS = {"jwks": {"keys": [SigningKey("k1").jwk]}}
HELD = contract(KEYS)


async def ada(request: Request) -> Caller:
    return Caller("partner", "ada", ("reader",), "decision-1")


async def nobody(request: Request) -> Caller:
    raise Refusal("role_none", "no role trusts the caller")


def guarded(path: str = "/orders") -> APIRouter:
    router = APIRouter(route_class=GuardedRoute)

    @router.get(path)
    async def read() -> str:
        return "read"

    return router


def an_app() -> FastAPI:
    return FastAPI(openapi_url=None, redirect_slashes=False)


def test_a_route_that_asks_nobody_who_calls_keeps_the_app_from_starting() -> None:
    app = an_app()
    app.include_router(guarded())

    @app.get("/orders/{order_id}")
    async def forgotten(order_id: str) -> None: ...

    with pytest.raises(RuntimeError, match=r'"GET /orders/\{order_id\}" asks nobody who calls'):
        install(app, ada, HELD, service="orders")


def test_a_route_is_known_by_the_path_that_it_is_served_at_with_its_routers_prefix() -> None:
    app = an_app()
    app.include_router(guarded("/orders"), prefix="/admin")
    with pytest.raises(RuntimeError, match='"GET /admin/orders" is no route of the contract'):
        install(app, ada, HELD, service="orders")


def test_a_router_that_is_included_twice_is_refused_since_its_path_could_not_be_told() -> None:
    app = an_app()
    router = guarded("/orders")
    app.include_router(router)
    app.include_router(router, prefix="/orders")
    with pytest.raises(RuntimeError, match="served twice"):
        install(app, ada, contract(KEYS, routes=["GET /orders", "GET /orders/orders"]), service="orders")


def test_fastapis_own_pages_mounts_and_websockets_are_refused() -> None:
    with pytest.raises(RuntimeError, match=r'/openapi\.json" is no route that a guard'):
        install(FastAPI(), ada, HELD, service="orders")
    mounted = an_app()
    mounted.mount("/orders", an_app())
    with pytest.raises(RuntimeError, match='"/orders" is no route'):
        install(mounted, ada, HELD, service="orders")
    socket = an_app()

    @socket.websocket("/orders")
    async def listen(connection: WebSocket) -> None: ...

    with pytest.raises(RuntimeError, match='"/orders" is no route'):
        install(socket, ada, HELD, service="orders")


def test_what_the_contract_calls_public_needs_no_caller() -> None:
    app, lines = an_app(), list[str]()

    @app.get("/health")
    async def health() -> str:
        return "ok"

    app.include_router(guarded())
    install(app, nobody, HELD, service="orders", emit=lines.append)
    assert ask(app, "/health").status_code == 200
    refused = ask(app, "/orders")
    assert (refused.status_code, refused.json()["reason"]) == (403, "role_none")
    records = [json.loads(line) for line in lines]
    assert [(one["effect"], one["reason"], one["route"]) for one in records] == [
        ("public", "public", "GET /health"),
        ("deny", "role_none", "GET /orders"),
    ]
    assert records[1]["decisionId"] == refused.json()["decisionId"]


def test_a_record_is_a_metric_too_and_a_fault_is_no_denial() -> None:
    app, lines = an_app(), list[str]()
    router = APIRouter(route_class=GuardedRoute)

    @router.get("/orders")
    async def broken() -> None:
        raise ValueError("a secret")

    app.include_router(router)
    install(app, ada, HELD, service="orders", emit=lines.append)
    assert ask(app, "/orders").status_code == 500
    (line,) = lines
    record = json.loads(line)
    assert (record["status"], record["reason"], record["Denials"], record["Faults"]) == (
        500,
        "internal_error",
        0,
        1,
    )
    assert record["decisionId"] == "decision-1"
    assert record["_aws"]["CloudWatchMetrics"] == [
        {
            "Namespace": "orders",
            "Dimensions": [["route"]],
            "Metrics": [
                {"Name": "Latency", "Unit": "Milliseconds"},
                {"Name": "Denials", "Unit": "Count"},
                {"Name": "Faults", "Unit": "Count"},
            ],
        }
    ]
    assert "a secret" not in line


def test_the_guard_is_asked_once_a_request() -> None:
    app, asked = an_app(), list[str]()
    router = APIRouter(route_class=GuardedRoute)

    async def counting(request: Request) -> Caller:
        asked.append(request.url.path)
        return await ada(request)

    @router.get("/orders")
    async def read(one: CallerOf, other: CallerOf) -> bool:
        return one is other

    app.include_router(router)
    install(app, counting, HELD, service="orders", emit=lambda _: None)
    assert ask(app, "/orders").json() is True
    assert asked == ["/orders"]


def test_nobody_is_told_of_a_body_who_is_not_let_in() -> None:
    app, lines = an_app(), list[str]()
    router = APIRouter(route_class=GuardedRoute)

    @router.post("/orders")
    async def create(order: dict[str, str]) -> None: ...

    app.include_router(router)
    install(app, nobody, HELD, service="orders", emit=lines.append)
    for content in ("not json", '{"a": 1}', "{}"):
        answer = ask(app, "/orders", "POST", content, **{"content-type": "application/json"})
        assert (answer.status_code, answer.json()["reason"]) == (403, "role_none")
    assert [json.loads(line)["effect"] for line in lines] == ["deny"] * 3


def test_a_dependency_alone_is_too_late_for_a_route_that_reads_a_body() -> None:
    app = an_app()

    @app.post("/orders")
    async def create(order: dict[str, str], who: CallerOf) -> None: ...

    with pytest.raises(RuntimeError, match='"POST /orders" asks nobody who calls'):
        install(app, ada, HELD, service="orders")


def test_a_route_that_is_added_later_is_no_way_past_the_guard() -> None:
    app, lines = an_app(), list[str]()
    app.include_router(guarded())
    install(app, ada, HELD, service="orders", emit=lines.append)

    @app.get("/orders/{order_id}")
    async def forgotten(order_id: str) -> str:
        return "open"

    for _ in range(2):
        assert ask(app, "/orders/7").status_code == 500
    assert [json.loads(line)["reason"] for line in lines] == ["internal_error"] * 2


def test_a_guarded_route_that_is_added_before_the_first_request_is_served() -> None:
    app = an_app()
    install(app, ada, HELD, service="orders", emit=lambda _: None)
    app.include_router(guarded())
    assert ask(app, "/orders").status_code == 200


@pytest.mark.parametrize(
    ("public", "guarded_key", "opens"),
    [
        ("GET /files/{proxy+}", "GET /files/private/{}", True),
        ("GET /files/{proxy+}", "ANY /files/{}", True),
        ("GET /{x}/b", "GET /a/{}", True),
        ("GET /files/{proxy+}", "POST /files/private", False),
        ("GET /files/{proxy+}", "GET /{+}", False),
        ("GET /health", "ANY /health", False),
        ("GET /health", "GET /{}", False),
    ],
)
def test_a_public_route_opens_no_finer_one_that_is_guarded(
    public: str, guarded_key: str, opens: bool
) -> None:
    app = an_app()
    path = public.split(" ")[1].replace("{proxy+}", "{rest:path}")
    app.get(path)(lambda: "open")
    routes = [{"route": key, "key": key, "open": False, "roles": []} for key in (guarded_key,)]
    held = contract(KEYS, public=[{"route": public, "key": key_of(public)}], routes=None).model_copy(
        update={"routes": TypeAdapter(tuple[ServedRoute, ...]).validate_json(json.dumps(routes))}
    )
    if opens:
        with pytest.raises(RuntimeError, match="is public and would open"):
            install(app, ada, held, service="orders", emit=lambda _: None)
    else:
        install(app, ada, held, service="orders", emit=lambda _: None)
