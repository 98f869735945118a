"""Reports. Who may call which route, and what an analyst may borrow of AWS, is in access.yml beside this file."""

from itertools import count

from fastapi import APIRouter, FastAPI, HTTPException
from postern_fastapi import CallerOf, Guard, GuardedRoute, install
from postern_fastapi.contract import Contract
from pydantic import BaseModel, ConfigDict, Field


class NewReport(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: str = Field(min_length=1, max_length=200)


class Report(NewReport):
    id: str
    written_by: str


def create_app(guard: Guard, contract: Contract) -> FastAPI:
    app = FastAPI(title="analytics", openapi_url=None, redirect_slashes=False, max_body_size=65_536)
    app.include_router(_reports())
    install(app, guard, contract, service="analytics")
    return app


def _reports() -> APIRouter:
    router = APIRouter(route_class=GuardedRoute)
    kept = {"1": Report(id="1", title="Invoices by month", written_by="nightly")}
    ids = count(2)

    @router.get("/reports")
    async def list_all() -> list[Report]:
        return list(kept.values())

    @router.post("/reports", status_code=201)
    async def create(new: NewReport, who: CallerOf) -> Report:
        report = Report(title=new.title, id=str(next(ids)), written_by=who.subject)
        kept[report.id] = report
        return report

    @router.get("/reports/{report_id}")
    async def read(report_id: str) -> Report:
        if report_id not in kept:
            raise HTTPException(404, "no such report")
        return kept[report_id]

    return router
