"""One line of JSON a request: what was decided, and how long the answer took, as a record and as metrics."""

import json
import sys
import time
import uuid
from collections.abc import Callable, Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .caller import Caller
from .served import template_in

Emit = Callable[[str], None]


def decision_id_of(scope: MutableMapping[str, Any]) -> str:
    """The id of the request's record, which a refused caller is told, too."""
    return str(scope.setdefault("postern_decision_id", str(uuid.uuid4())))


class Records:
    """ASGI middleware that leaves a record of each request on standard output.

    The record is CloudWatch's embedded metric format as well, so that on Lambda, and in a container whose output goes to
    CloudWatch, `Latency`, `Denials` and `Faults` are metrics without an endpoint that somebody would have to guard. It holds
    no token, no header, no query and no text of an exception. `service` is the namespace.
    """

    def __init__(
        self, app: ASGIApp, service: str, templates: Mapping[int, str], emit: Emit | None = None
    ) -> None:
        self._app = app
        self._service = service
        self._templates = templates
        self._emit = emit if emit is not None else _print

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except BaseException:
            # What went wrong is the log of the server's; its text may hold what no record may.
            scope.setdefault("postern_reason", "internal_error")
            raise
        finally:
            template = template_in(scope, self._templates)
            self._emit(_line(self._service, scope, template, status, (time.perf_counter() - started) * 1000))


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _line(service: str, scope: Scope, template: str | None, status: int, latency_ms: float) -> str:
    now = datetime.now(UTC)
    caller: Caller | None = scope.get("postern_caller", scope.get("postern_known"))
    reason = scope.get("postern_reason")
    # FastAPI itself says 404 and 405, before anybody is asked who calls.
    if reason is None and status in (404, 405) and caller is None:
        reason = "route_unknown"
    denied = reason is not None and status < 500
    route = (
        f"{scope['method']} {template}" if template is not None and reason != "route_unknown" else "unknown"
    )
    who = (
        {}
        if caller is None
        else {"issuer": caller.issuer, "subject": caller.subject, "roles": ",".join(caller.roles)}
    )
    record = {
        "kind": "request",
        "time": now.isoformat(timespec="milliseconds"),
        "service": service,
        "decisionId": caller.decision_id if caller is not None else decision_id_of(scope),
        "effect": "deny" if reason is not None else "public" if caller is None else "allow",
        "reason": reason or ("public" if caller is None else "granted"),
        **who,
        "route": route,
        "status": status,
        "Latency": round(latency_ms, 3),
        "Denials": int(denied),
        "Faults": int(status >= 500),
        "_aws": _metrics(service, int(now.timestamp() * 1000)),
    }
    return json.dumps(record, separators=(",", ":"))


def _metrics(service: str, milliseconds: int) -> dict[str, Any]:
    units = {"Latency": "Milliseconds", "Denials": "Count", "Faults": "Count"}
    metrics = [{"Name": name, "Unit": unit} for name, unit in units.items()]
    directive = {"Namespace": service, "Dimensions": [["route"]], "Metrics": metrics}
    return {"Timestamp": milliseconds, "CloudWatchMetrics": [directive]}
