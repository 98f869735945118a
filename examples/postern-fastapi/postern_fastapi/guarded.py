"""Routes that ask who calls before anything of a request is read."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from .caller import caller


class GuardedRoute(APIRoute):
    """For a router: `APIRouter(route_class=GuardedRoute)`, so that none of its routes can forget it.

    FastAPI reads and parses a body before it asks any dependency. Here the guard is asked first: who is not let in is told
    so, whatever the body is, and costs no parsing.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            await caller(request)
            return await handle(request)

        return guarded
