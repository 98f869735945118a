"""The caller of a request that came through API Gateway and Postern's authorizer."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request

from .caller import Caller
from .refusal import Refusal

#: What the authorizer says of every caller; what else stands in its context are claims.
_OWN = frozenset(
    {"issuer", "subject", "roles", "decisionId", "app", "deniedReason", "principalId", "integrationLatency"}
)


class AuthorizerGuard:
    """Reads the authorizer's context from the event that Mangum hands on, and nothing from the request itself.

    A route that lost its authorizer does not answer: a request without that context is refused. That the caller may call
    the route was decided before, by the policy in API Gateway's cache.
    """

    async def __call__(self, request: Request) -> Caller:
        context = _context(request.scope.get("aws.event"))
        issuer, subject, decision_id = (context.get(name) for name in ("issuer", "subject", "decisionId"))
        if not (_is_text(issuer) and _is_text(subject) and _is_text(decision_id)):
            raise Refusal("token_missing", "this request went through no authorizer")
        roles = context.get("roles")
        names = tuple(roles.split(",")) if isinstance(roles, str) and roles != "" else ()
        claims = {
            name: value for name, value in context.items() if name not in _OWN and isinstance(value, str)
        }
        return Caller(str(issuer), str(subject), names, str(decision_id), claims)


def _context(event: Any) -> Mapping[str, Any]:
    """`requestContext.authorizer` of a REST API (and payload 1.0), `….lambda` within it of payload 2.0."""
    found: Any = event
    for name in ("requestContext", "authorizer"):
        found = found.get(name) if isinstance(found, Mapping) else None
    if isinstance(event, Mapping) and event.get("version") == "2.0":
        found = found.get("lambda") if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""
