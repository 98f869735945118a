"""Puts a guard before the routes of an app, and looks that none of them goes without."""

from collections.abc import Callable, Iterable

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from .caller import Guard
from .contract import Contract
from .guarded import GuardedRoute
from .records import Emit, Records, decision_id_of
from .refusal import Refusal
from .resolve import opened_by
from .roles import covers, template_key
from .served import Served, served


def install(
    app: FastAPI, guard: Guard, contract: Contract, *, service: str, emit: Emit | None = None
) -> None:
    """Sets the guard, the answers of refusals, and the record of each request. Call it when the app has its routes.

    Raises `RuntimeError` where a route that the contract does not call public asks nobody who calls, or where the API of the
    contract has no such route: both would be seen in production only. Looks again at the first request; what is added to
    the app after that is not looked at.
    """
    templates = _looked_at(app, contract)
    app.state.postern_guard = guard
    app.state.postern_templates = templates
    app.add_exception_handler(Refusal, _refuse)
    app.add_middleware(_SecondLook, look=lambda: templates.update(_looked_at(app, contract)))
    app.add_middleware(Records, service=service, templates=templates, emit=emit)


class _SecondLook:
    """Looks again at the first request, so that a route added after `install` is no way past the guard."""

    def __init__(self, app: ASGIApp, look: Callable[[], None]) -> None:
        self._app = app
        self._look: Callable[[], None] | None = look

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._look is not None and scope["type"] != "lifespan":
            self._look()
            self._look = None
        await self._app(scope, receive, send)


def _looked_at(app: FastAPI, contract: Contract) -> dict[int, str]:
    """The template of each route that may be served."""
    routes = list(served(app))
    problems = [problem for route in routes for problem in _problems(route, contract)]
    templates = {id(one.route): one.template for one in routes}
    if len(templates) != len(routes):
        mend = "include each router once"
        problems.append(f"a route is served twice, so that nobody could tell by which path\n  mend: {mend}")
    if problems:
        raise RuntimeError("\n".join(["the app does not start:", *problems]))
    return templates


def _problems(route: Served, contract: Contract) -> Iterable[str]:
    if not route.is_api:
        mend = "turn FastAPI's own off with openapi_url=None; serve the rest by routes of FastAPI"
        yield f'"{route.template}" is no route that a guard could stand before\n  mend: {mend}'
        return
    for method in sorted(route.methods):
        key = template_key(method, route.template)
        if covers([one.key for one in contract.public], key):
            if not isinstance(route.route, GuardedRoute):
                yield from _opened(method, route, contract)
            continue
        if not isinstance(route.route, GuardedRoute):
            mend = "put it into an APIRouter(route_class=GuardedRoute), or call it public in the manifest"
            yield f'"{method} {route.template}" asks nobody who calls\n  mend: {mend}'
        if not covers([one.key for one in contract.routes], key):
            mend = "add it to the routes file, and to a role of the manifest; then write the contract anew"
            yield f'"{method} {route.template}" is no route of the contract, so that nobody may call it\n  mend: {mend}'


def _opened(method: str, route: Served, contract: Contract) -> Iterable[str]:
    guarded = [one.key for one in contract.routes if not one.open]
    found = opened_by(template_key(method, route.template), guarded)
    if found is not None:
        mend = "give the app a public route that takes no request of the other, or call that public as well"
        yield f'"{method} {route.template}" is public and would open "{found}"\n  mend: {mend}'


async def _refuse(request: Request, error: Exception) -> Response:
    if not isinstance(error, Refusal):
        raise error
    request.scope["postern_reason"] = error.reason
    body = {"message": error.message, "reason": error.reason, "decisionId": decision_id_of(request.scope)}
    # RFC 6750 section 3: a 401 says which scheme it wants, and of a token that was there that it is not good.
    challenge = "Bearer" if error.reason == "token_missing" else 'Bearer error="invalid_token"'
    headers = {"www-authenticate": challenge} if error.status == 401 else {}
    return JSONResponse(body, error.status, {**headers, "cache-control": "no-store"})
