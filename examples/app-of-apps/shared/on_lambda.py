"""What makes the `app.py` of a sub-app a Lambda function behind Postern's authorizer: `on_lambda.handler`."""

from pathlib import Path

from app import create_app
from mangum import Mangum
from postern_fastapi.authorizer import AuthorizerGuard
from postern_fastapi.contract import load_contract

contract = load_contract(Path(__file__).parent / "contract.json")
handler = Mangum(create_app(AuthorizerGuard(), contract), lifespan="off")
