"""A contract that would say more than its manifest is none."""

import json
from typing import Any

import pytest
from conftest import SigningKey, contract
from postern_fastapi.contract import Contract
from pydantic import ValidationError

SOUND = contract({"jwks": {"keys": [SigningKey("k1").jwk]}}).model_dump(by_alias=True, exclude_none=True)


def matched_by(matcher: dict[str, Any], path: tuple[str, ...] = ("groups",)) -> dict[str, Any]:
    reader = SOUND["roles"][0]
    condition = {"claim": {"name": "groups", "path": path}, "matcher": matcher}
    trust = [{**reader["trust"][0], "claims": [condition]}]
    return {**SOUND, "roles": [{**reader, "trust": trust}]}


def with_route(route: dict[str, Any]) -> dict[str, Any]:
    return {**SOUND, "roles": [{**SOUND["roles"][0], "routes": [route]}]}


OWN = {"route": "GET /people/{claims.sub}", "key": "GET /people/{}"}
SEGMENT = {"at": 1, "claim": {"name": "sub", "path": ["sub"]}}


@pytest.mark.parametrize(
    "document",
    [
        SOUND,
        matched_by({"any": [{"equals": "a"}]}),
        matched_by({"all": [{"equals": "a"}, {"pattern": ["a", 1]}]}),
        with_route({**OWN, "own": [SEGMENT]}),
    ],
)
def test_a_sound_one_is_read(document: dict[str, Any]) -> None:
    assert Contract.model_validate_json(json.dumps(document)).contract == 1


@pytest.mark.parametrize(
    "document",
    [
        matched_by({"all": []}),
        matched_by({"any": []}),
        matched_by({"pattern": []}),
        matched_by({"present": False}),
        matched_by({"present": True, "equals": "a"}),
        matched_by({}),
        matched_by({"present": True}, ()),
        # The caller's own segment left out would make the route everybody's.
        with_route(OWN),
        with_route({**OWN, "own": []}),
        with_route({"route": "GET /people/{id}", "key": "GET /people/{}", "own": [SEGMENT]}),
        {**SOUND, "more": 1},
        {name: value for name, value in SOUND.items() if name != "roles"},
    ],
)
def test_one_that_is_not_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Contract.model_validate_json(json.dumps(document))
