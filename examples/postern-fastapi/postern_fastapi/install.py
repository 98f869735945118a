"""Puts a guard before the routes of an app, and looks that none of them goes without."""

from collections.abc import Callable, Iterable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.responses import Response

from .caller import Guard, caller
from .contract import Contract, Route
from .records import Emit, Records, decision_id_of
from .refusal import Refusal
from .roles import covers, template_key


def install(app: FastAPI, guard: Guard, contract: Contract, *, service: str, emit: Emit | None = None) -> None:
    """Sets the guard, the answers of refusals, and the record of each request. Call it when the app has its routes.

    Raises `RuntimeError` where a route that the contract does not call public asks nobody who calls, or where the API of the
    contract has no such route: both would be seen in production only.
    """
    problems = list(_problems(app, contract))
    if problems:
        raise RuntimeError("\n".join(["the app does not start:", *problems]))
    app.state.postern_guard = guard
    app.add_exception_handler(Refusal, _refuse)
    app.add_middleware(Records, service=service, emit=emit)


def _problems(app: FastAPI, contract: Contract) -> Iterable[str]:
    known = [Route(route=one.route, key=template_key(*one.route.split(" ", 1))) for one in contract.routes if " " in one.route]
    for route in app.routes:
        if not isinstance(route, APIRoute):
            name = getattr(route, "path", str(route))
            yield f'"{name}" is no route that a guard could stand before\n  mend: turn FastAPI\'s own off with openapi_url=None; serve the rest by APIRoute'
            continue
        for method in sorted(route.methods or ()):
            key = template_key(method, route.path)
            if covers(contract.public, key):
                continue
            if not _asks(route.dependant, caller):
                yield f'"{method} {route.path}" asks nobody who calls\n  mend: add it to a router with dependencies=[Depends(caller)], or call it public in the manifest'
            if not covers(known, key):
                yield f'"{method} {route.path}" is no route of the contract, so that nobody may call it\n  mend: add it to routes.json and to a role of the manifest, and write the contract anew'


def _asks(dependant: Dependant, what: Callable[..., Any]) -> bool:
    return dependant.call is what or any(_asks(one, what) for one in dependant.dependencies)


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    request.scope["postern_reason"] = error.reason
    body = {"message": error.message, "reason": error.reason, "decisionId": decision_id_of(request.scope)}
    # RFC 6750 section 3: a 401 says which scheme it wants, and of a token that was there that it is not good.
    challenge = "Bearer" if error.reason in ("token_missing", "event_invalid") else 'Bearer error="invalid_token"'
    headers = {"www-authenticate": challenge} if error.status == 401 else {}
    return JSONResponse(body, error.status, {**headers, "cache-control": "no-store"})
