"""The routes of an app as FastAPI serves them, with the prefixes of the routers they came by."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from fastapi import FastAPI, routing
from starlette.types import Scope


class Served(NamedTuple):
    #: What FastAPI puts into the scope of a request.
    route: Any
    #: Where it is served, with its parameters in braces.
    template: str
    methods: frozenset[str]
    #: Whether it is a route of FastAPI's, and no mount or WebSocket.
    is_api: bool


def served(app: FastAPI) -> Iterator[Served]:
    # In newer ones a router that is included keeps its routes as they are, and the prefix beside them.
    contexts = getattr(routing, "iter_route_contexts", None)
    found: list[tuple[Any, Any]] = [(one, one) for one in app.routes]
    if contexts is not None:
        found = [(one.original_route, one) for one in contexts(app.routes)]
    for route, context in found:
        template = getattr(context, "path", None) or str(route)
        methods = frozenset(getattr(context, "methods", None) or ())
        yield Served(route, template, methods, isinstance(route, routing.APIRoute))
    # Pages that FastAPI serves where no route does.
    for route in getattr(app.router, "_low_priority_routes", ()):
        yield Served(route, str(getattr(route, "path", route)), frozenset(), False)


def template_in(scope: Scope, templates: Mapping[int, str]) -> str | None:
    """Of the route that serves a request; `None` where it is none of those that `install` has seen."""
    return templates.get(id(scope.get("route")))
