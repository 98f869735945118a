"""Orders, and exports of them in S3: one app, and three ways to run it (on_lambda.py, in_container.py)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from botocore.exceptions import BotoCoreError, ClientError
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Path, Request
from postern_fastapi import CallerOf, Guard, GuardedRoute, install
from postern_fastapi.borrow import Borrower
from postern_fastapi.client_token import TokenError
from postern_fastapi.contract import Contract
from pydantic import BaseModel, ConfigDict, StringConstraints

#: The role by which the service borrows, and the bucket that its scopes name.
KEEPER, BUCKET = "exports-keeper", "acme-orders"
MAX_BODY_BYTES = 1024 * 1024

Name = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class NewOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")
    item: Text


class Order(NewOrder):
    id: str
    customer: str


class Orders:
    """As long as the process lives: enough for an example."""

    def __init__(self) -> None:
        self._orders = {
            "1": Order(id="1", item="lantern", customer="ada"),
            "2": Order(id="2", item="rope", customer="bob"),
        }
        self._last = len(self._orders)

    def of(self, customer: str | None = None) -> list[Order]:
        return [one for one in self._orders.values() if customer in (None, one.customer)]

    def read(self, order_id: str) -> Order:
        if order_id not in self._orders:
            raise HTTPException(404, "no such order")
        return self._orders[order_id]

    def create(self, new: NewOrder, customer: str) -> Order:
        self._last += 1
        return self.keep(Order(id=str(self._last), item=new.item, customer=customer))

    def keep(self, order: Order) -> Order:
        self._orders[order.id] = order
        return order

    def delete(self, order_id: str) -> None:
        del self._orders[self.read(order_id).id]


def create_app(guard: Guard, contract: Contract, borrower: Borrower) -> FastAPI:
    """The app, with `guard` before every route but the public ones of the contract."""
    # A path has one spelling: none is answered by a redirect to another.
    app = FastAPI(title="orders", openapi_url=None, redirect_slashes=False, max_body_size=MAX_BODY_BYTES)
    app.include_router(_public())
    app.include_router(_orders(Orders()))
    app.include_router(_exports(borrower))
    install(app, guard, contract, service="orders")
    return app


def _public() -> APIRouter:
    router = APIRouter()

    @router.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    return router


def _orders(orders: Orders) -> APIRouter:
    router = APIRouter(route_class=GuardedRoute)

    @router.get("/orders")
    async def list_all(who: CallerOf) -> dict[str, Any]:
        return {"orders": orders.of(), "caller": {"subject": who.subject, "roles": who.roles}}

    @router.post("/orders", status_code=201)
    async def create(new: NewOrder, who: CallerOf) -> Order:
        return orders.create(new, who.subject)

    @router.get("/orders/{order_id}")
    async def read(order_id: str) -> Order:
        return orders.read(order_id)

    @router.put("/orders/{order_id}")
    async def replace(order_id: str, new: NewOrder) -> Order:
        return orders.keep(Order(id=order_id, item=new.item, customer=orders.read(order_id).customer))

    @router.delete("/orders/{order_id}", status_code=204)
    async def delete(order_id: str) -> None:
        orders.delete(order_id)

    @router.get("/customers/{customer_id}/orders")
    async def of_customer(customer_id: str) -> dict[str, list[Order]]:
        # That it is the caller's own is what the manifest says: GET /customers/{claims.sub}/orders.
        return {"orders": orders.of(customer_id)}

    return router


def _exports(borrower: Borrower) -> APIRouter:
    """Each route borrows by the one scope that it needs. Not `async`: boto3 waits, in FastAPI's pool of threads."""
    router = APIRouter(route_class=GuardedRoute)

    @router.get("/exports/{owner}/{name}")
    def read(owner: Name, name: Name) -> dict[str, str]:
        # Nothing here looks whose prefix it is: AWS lets the session read its own alone.
        with _aws():
            s3 = borrower.client("s3", role=KEEPER, scope="read")
            body = s3.get_object(Bucket=BUCKET, Key=f"{owner}/{name}")["Body"]
            return {"name": name, "content": body.read(MAX_BODY_BYTES).decode(errors="replace")}

    @router.put("/exports/{name}", status_code=201)
    def write(name: Name, content: Annotated[bytes, Depends(_content)]) -> dict[str, str]:
        with _aws():
            s3 = borrower.client("s3", role=KEEPER, scope="write")
            s3.put_object(Bucket=BUCKET, Key=f"{borrower.client_id}/{name}", Body=content)
        return {"name": name}

    return router


async def _content(request: Request) -> bytes:
    return await request.body()


@contextmanager
def _aws() -> Iterator[None]:
    """What AWS or the broker refuse, as answers of this service; their own words go no further."""
    try:
        yield
    except ClientError as error:
        status, message = {
            "AccessDenied": (403, "AWS does not let this service do that"),
            "NoSuchKey": (404, "no such export"),
        }.get(error.response["Error"]["Code"], (502, "S3 does not answer as it should"))
        raise HTTPException(status, message) from None
    except (BotoCoreError, TokenError):
        raise HTTPException(503, "AWS or the broker cannot be reached just now") from None
