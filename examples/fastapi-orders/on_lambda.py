"""The app as a Lambda function behind API Gateway and Postern's authorizer: `on_lambda.handler`."""

import os
from pathlib import Path

from mangum import Mangum
from orders import create_app
from postern_fastapi.authorizer import AuthorizerGuard
from postern_fastapi.borrow import Borrower
from postern_fastapi.contract import load_contract
from postern_fastapi.settings import read_settings

settings = read_settings(os.environ)
contract = load_contract(Path(__file__).parent / settings.contract)
handler = Mangum(create_app(AuthorizerGuard(), contract, Borrower(settings)), lifespan="off")
