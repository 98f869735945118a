"""The app for uvicorn, in a container or on Cloud Foundry: `uvicorn in_container:app`."""

import os
from pathlib import Path

from orders import create_app
from postern_fastapi.borrow import Borrower
from postern_fastapi.contract import load_contract
from postern_fastapi.settings import read_settings
from postern_fastapi.tokens import TokenGuard

settings = read_settings(os.environ)
contract = load_contract(Path(__file__).parent / settings.contract)
app = create_app(TokenGuard(contract), contract, Borrower(settings))
