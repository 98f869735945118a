"""The dependency that says who calls, the same wherever the service runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Protocol

from fastapi import Depends, Request


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as verified. `context` has the claims that the manifest hands on, as text, arrays as JSON."""

    #: The issuer's name in the access manifest.
    issuer: str
    #: The token's `sub`.
    subject: str
    #: The roles of the caller that count for this service.
    roles: tuple[str, ...]
    #: Of the decision record that let the caller in.
    decision_id: str
    context: Mapping[str, str] = field(default_factory=dict)


class Guard(Protocol):
    """Finds out who calls. Raises `Refusal`."""

    async def __call__(self, request: Request) -> Caller: ...


async def caller(request: Request) -> Caller:
    """Who calls; the guard is asked once a request, however many want to know. Raises `Refusal`."""
    found: Caller | None = request.scope.get("postern_caller")
    if found is None:
        guard: Guard = request.app.state.postern_guard
        found = await guard(request)
        request.scope["postern_caller"] = found
    return found


#: As a parameter of a route: `async def read(who: CallerOf)`.
CallerOf = Annotated[Caller, Depends(caller)]
