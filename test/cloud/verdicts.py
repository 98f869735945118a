"""Decides requests as a FastAPI service in a container does, one JSON document a line, without a server between.

A line is {"contract": {...}} for what follows, or {"authorization": [...], "nowSeconds": N, "method": "GET", "path": "/x",
"template": "/{}"}; the answer to it is {"reason": ..., "roles": [...]}.
"""

import asyncio
import json
import sys
from types import SimpleNamespace

from fastapi import Request
from postern_fastapi import Refusal
from postern_fastapi.contract import Contract
from postern_fastapi.tokens import TokenGuard

clock = {"now": 0.0}


async def decide(guard: TokenGuard, asked: dict) -> dict:
    clock["now"] = asked["nowSeconds"]
    route = object()
    scope = {
        "type": "http",
        "method": asked["method"],
        "path": asked["path"],
        "raw_path": asked["path"].encode(),
        "query_string": b"",
        "headers": [
            (b"authorization", value.encode(errors="surrogatepass")) for value in asked["authorization"]
        ],
        "route": route,
        "app": SimpleNamespace(state=SimpleNamespace(postern_templates={id(route): asked["template"]})),
    }
    try:
        caller = await guard(Request(scope))
        return {"reason": "granted", "roles": list(caller.roles)}
    except Refusal as refusal:
        return {"reason": refusal.reason, "status": refusal.status}


async def main() -> None:
    guard = None
    for line in sys.stdin:
        asked = json.loads(line)
        if "contract" in asked:
            contract = Contract.model_validate_json(json.dumps(asked["contract"]))
            guard = TokenGuard(contract, now=lambda: clock["now"])
            continue
        print(json.dumps(await decide(guard, asked)), flush=True)


asyncio.run(main())
