"""Profiles. That a person sees no other's is in access.yml beside this file: GET /users/{claims.sub}."""

from fastapi import APIRouter, FastAPI, HTTPException
from postern_fastapi import Guard, GuardedRoute, install
from postern_fastapi.contract import Contract
from pydantic import BaseModel, ConfigDict, Field


class Profile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=100)


def create_app(guard: Guard, contract: Contract) -> FastAPI:
    app = FastAPI(title="users", openapi_url=None, redirect_slashes=False, max_body_size=65_536)
    app.include_router(_profiles())
    install(app, guard, contract, service="users")
    return app


def _profiles() -> APIRouter:
    router = APIRouter(route_class=GuardedRoute)
    kept = {"ada": Profile(name="Ada"), "bob": Profile(name="Bob")}

    def found(user_id: str) -> Profile:
        if user_id not in kept:
            raise HTTPException(404, "nobody is called that")
        return kept[user_id]

    @router.get("/users")
    async def list_all() -> list[str]:
        return sorted(kept)

    @router.get("/users/{user_id}")
    async def read(user_id: str) -> Profile:
        return found(user_id)

    @router.put("/users/{user_id}")
    async def change(user_id: str, profile: Profile) -> Profile:
        kept[user_id] = profile
        return profile

    @router.delete("/users/{user_id}", status_code=204)
    async def delete(user_id: str) -> None:
        found(user_id)
        del kept[user_id]

    return router
