"""Invoices. Who may call which route is in access.yml beside this file."""

from itertools import count

from fastapi import APIRouter, FastAPI, HTTPException
from postern_fastapi import CallerOf, Guard, GuardedRoute, install
from postern_fastapi.contract import Contract
from pydantic import BaseModel, ConfigDict, Field


class NewInvoice(BaseModel):
    model_config = ConfigDict(extra="forbid")
    customer: str = Field(min_length=1, max_length=100)
    cents: int = Field(gt=0, le=100_000_000)


class Invoice(NewInvoice):
    id: str
    written_by: str


def create_app(guard: Guard, contract: Contract) -> FastAPI:
    app = FastAPI(title="billing", openapi_url=None, redirect_slashes=False, max_body_size=65_536)
    app.include_router(_invoices())
    install(app, guard, contract, service="billing")
    return app


def _invoices() -> APIRouter:
    router = APIRouter(route_class=GuardedRoute)
    kept = {"1": Invoice(id="1", customer="ACME", cents=12_00, written_by="ada")}
    ids = count(2)

    def found(invoice_id: str) -> Invoice:
        if invoice_id not in kept:
            raise HTTPException(404, "no such invoice")
        return kept[invoice_id]

    @router.get("/invoices")
    async def list_all() -> list[Invoice]:
        return list(kept.values())

    @router.post("/invoices", status_code=201)
    async def create(new: NewInvoice, who: CallerOf) -> Invoice:
        invoice = Invoice(**new.model_dump(), id=str(next(ids)), written_by=who.subject)
        kept[invoice.id] = invoice
        return invoice

    @router.get("/invoices/{invoice_id}")
    async def read(invoice_id: str) -> Invoice:
        return found(invoice_id)

    @router.delete("/invoices/{invoice_id}", status_code=204)
    async def cancel(invoice_id: str) -> None:
        del kept[found(invoice_id).id]

    return router
