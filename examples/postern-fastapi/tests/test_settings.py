"""What a service is told by its environment, or by Cloud Foundry."""

import json
from typing import Any

import pytest
from postern_fastapi.contract import ContractError, load_contract
from postern_fastapi.settings import SettingsError, read_settings

SECRET = "a-secret-nobody-may-see"
OWN = {
    "POSTERN_BROKER": "https://broker.acme.example/",
    "POSTERN_ISSUER": "https://uaa.cf.example/oauth/token",
    "POSTERN_CLIENT_ID": "orders-service",
    "POSTERN_CLIENT_SECRET": SECRET,
}
BOUND = {
    "broker": "https://broker.acme.example",
    "issuer": "https://uaa.cf.example/oauth/token",
    "client_id": "orders-service",
    "client_secret": SECRET,
}


def vcap(*services: Any) -> dict[str, str]:
    return {
        "VCAP_SERVICES": json.dumps(
            {"user-provided": list(services), "p.mysql": [{"name": "db", "credentials": {}}]}
        )
    }


def test_the_environment_and_cloud_foundry_say_the_same() -> None:
    own, bound = read_settings(OWN), read_settings(vcap({"name": "postern", "credentials": BOUND}))
    assert own == bound
    assert own.broker == "https://broker.acme.example"
    assert own.client is not None and own.client.client_secret == SECRET
    assert SECRET not in repr(own)


def test_who_borrows_nothing_needs_nothing() -> None:
    assert read_settings({}).broker is None
    assert read_settings(vcap({"name": "another", "credentials": {"x": 1}})).broker is None


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({**OWN, "POSTERN_BROKER": "http://broker.acme.example"}, "broker is not an https address"),
        ({**OWN, "POSTERN_ISSUER": "https://user:pw@uaa.cf.example"}, "issuer is not an https address"),
        ({**OWN, "POSTERN_CLIENT_ID": ""}, "client_id is not a text, or an empty one"),
        ({name: value for name, value in OWN.items() if name != "POSTERN_CLIENT_ID"}, "client_id is missing"),
        (
            {name: value for name, value in OWN.items() if name != "POSTERN_CLIENT_SECRET"},
            "client_secret or client_secret_arn",
        ),
        (
            {**OWN, "POSTERN_CLIENT_SECRET_ARN": "arn:aws:secretsmanager:…"},
            "client_secret or client_secret_arn",
        ),
        ({**OWN, "POSTERN_TOKEN_URL": "https://uaa.cf.example/oauth/token"}, "issuer or token_url"),
        ({**OWN, **vcap({"name": "postern", "credentials": BOUND})}, "keep one"),
        ({"VCAP_SERVICES": "{"}, "VCAP_SERVICES is not what Cloud Foundry writes"),
        ({"VCAP_SERVICES": "[]"}, "VCAP_SERVICES is not what Cloud Foundry writes"),
        ({"VCAP_SERVICES": '{"user-provided": [7]}'}, "VCAP_SERVICES is not what Cloud Foundry writes"),
        (vcap({"name": "postern"}), "has no credentials"),
        (vcap({"name": "postern", "credentials": {**BOUND, "brokr": "x"}}), "has brokr"),
        (vcap({"name": "postern", "credentials": {**BOUND, "client_id": 5}}), "client_id is not a text"),
        (
            vcap({"name": "postern", "credentials": BOUND}, {"name": "postern", "credentials": BOUND}),
            "several services",
        ),
    ],
)
def test_what_is_wrong_is_said_with_a_mend_and_without_a_secret(
    environ: dict[str, str], message: str
) -> None:
    with pytest.raises(SettingsError) as raised:
        read_settings(environ)
    assert message in str(raised.value) and "mend: " in str(raised.value)
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (None, "cannot be read"),
        ("{}", "contract: Field required"),
        ('{"contract": 2}', "contract: Input should be 1"),
    ],
)
def test_a_contract_that_is_none_is_named_with_the_place(tmp_path: Any, text: str | None, where: str) -> None:
    file = tmp_path / "contract.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ContractError) as raised:
        load_contract(file)
    assert where in str(raised.value) and "npx postern contract" in str(raised.value)
