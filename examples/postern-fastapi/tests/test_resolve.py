"""Which routes of the contract a request is held against."""

import pytest
from postern_fastapi.resolve import deciding_keys

LISTED = frozenset(
    {
        "GET /orders/{}",
        "GET /orders/refunds",
        "ANY /orders/{}/notes",
        "GET /files/{+}",
        "GET /files/{}/{+}",
        "GET /files/private/{+}",
        "GET /{}/b",
        "ANY /orders/open",
    }
)


@pytest.mark.parametrize(
    ("served", "path", "needed"),
    [
        ("GET /orders/{}", "orders/7", ["GET /orders/{}"]),
        # Named by the manifest alone: the app serves it by the wider route, and it is decided for itself.
        ("GET /orders/{}", "orders/refunds", ["GET /orders/refunds"]),
        # By ANY nothing takes a path from a route of the method's own: both are needed.
        ("GET /orders/{}", "orders/open", ["GET /orders/open", "GET /orders/{}"]),
        ("PUT /orders/{}", "orders/open", ["PUT /orders/open"]),
        ("POST /orders/{}/notes", "orders/7/notes", ["POST /orders/{}/notes"]),
        ("GET /files/{+}", "files/a", ["GET /files/{+}"]),
        ("GET /files/{+}", "files/a/b", ["GET /files/{}/{+}"]),
        ("GET /files/{+}", "files/private/b/c", ["GET /files/private/{+}"]),
        # What crosses the route that serves is another's: the app has decided between the two.
        ("GET /files/{+}", "files/b", ["GET /files/{+}"]),
    ],
)
def test_the_finest_routes_within_the_one_that_serves_are_needed(
    served: str, path: str, needed: list[str]
) -> None:
    assert deciding_keys(LISTED, served, path.split("/")) == needed


@pytest.mark.parametrize(
    ("served", "segments"),
    [
        ("GET /{+}", []),
        ("GET /files/{+}", ["files"]),
        ("GET /orders/{}", ["orders"]),
        ("GET /orders/{}", ["orders", "7", "notes"]),
        ("GET /orders/{}", ["api", "7"]),
        ("GET /v{}", ["v1"]),
    ],
)
def test_a_path_that_is_none_of_the_route_that_serves_is_decided_by_nothing(
    served: str, segments: list[str]
) -> None:
    assert deciding_keys(LISTED, served, segments) is None
