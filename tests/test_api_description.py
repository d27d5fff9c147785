"""The API does as its description says, whatever is asked that the description allows, and much that it
does not: by Schemathesis, as nobody, as a participant and as a facilitator. `--long` asks for minutes."""

import itertools
from contextlib import suppress
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from tests.conftest import Server

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]


def test_the_api_is_as_its_description_says(server: Server) -> None:
    ask_everything(server, examples=12)


@pytest.mark.long
def test_the_api_is_as_its_description_says_for_minutes(server: Server) -> None:
    ask_everything(server, examples=600)


def ask_everything(server: Server, examples: int) -> None:
    made = server.new(themes=["Pay"])
    schema = schemathesis.openapi.from_dict(httpx2.get(f"{server.url}/api/v1/openapi.json").json())
    tokens = (made["facilitator_token"], made["participant_token"], "")
    for found, mode in itertools.product(schema.get_all_operations(), GenerationMode):
        operation = found.ok()
        for token in tokens:
            _ask(server, operation.as_strategy(generation_mode=mode), made["code"], token, examples)
    server.until_ready()
    assert "Traceback" not in server.log()


def _ask(server: Server, cases: Any, code: str, token: str, examples: int) -> None:
    calm = {"database": None, "derandomize": True, "phases": [Phase.generate], "deadline": None}

    @settings(max_examples=examples, suppress_health_check=[*HealthCheck], **calm)
    @given(case=cases)
    def ask(case: Any) -> None:
        case.path_parameters = {**(case.path_parameters or {}), "code": code}
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = case.call(base_url=server.url, headers=headers, timeout=60)
        case.validate_response(answer, checks=CHECKS)

    with suppress(Unsatisfiable):  # where nothing can be wrong about a request
        ask()
