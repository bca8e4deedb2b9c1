"""The schema says what the interface does: generated requests, valid and not, are answered as it documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from huiyin.api.urls import api
from huiyin.org import throttle
from tests.cases.world import World

OPERATIONS = (
    "file", "track", "add", "routes", "begin_upload", "put_piece", "upload", "discard_upload", "finish_upload", "cases", "case",
)  # fmt: skip
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


def document() -> dict[str, Any]:
    found: dict[str, Any] = Client().get("/api/v1/openapi.json").json()
    return found


def operations() -> dict[str, tuple[str, str, dict[str, Any]]]:
    return {
        operation["operationId"]: (method, path, operation)
        for path, item in document()["paths"].items()
        for method, operation in item.items()
    }


def undocumented(operation: dict[str, Any]) -> set[str]:
    """Refusals that such an operation may give but does not tell of."""
    needed = {"422"}
    if "requestBody" in operation:
        needed |= {"400", "429"}
    if "security" in operation:
        needed |= {"401"}
    return needed - set(operation["responses"])


def test_every_operation_documents_its_refusals() -> None:
    found = operations()
    assert tuple(found) == OPERATIONS
    assert {name: undocumented(operation) for name, (_, _, operation) in found.items()} == {
        name: set() for name in found
    }
    for _, _, operation in found.values():
        for status, response in operation["responses"].items():
            if status == "204":
                assert "content" not in response
                continue
            media = "application/json" if status < "400" else "application/problem+json"
            assert list(response["content"]) == [media]


def test_an_operation_that_hides_its_refusals_is_named() -> None:
    _, _, operation = operations()["file"]
    del operation["responses"]["429"]
    assert undocumented(operation) == {"429"}


def test_no_page_loads_from_elsewhere() -> None:
    assert api.docs_url is None
    assert [Client().get(f"/api/v1/{path}").status_code for path in ("docs", "")] == [404, 404]


def test_an_unknown_address_is_a_problem_for_every_method() -> None:
    for method in ("get", "post", "put", "delete"):
        response = getattr(Client(), method)("/api/v1/nothing/here")
        assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


def test_a_method_that_is_not_there_is_told() -> None:
    response = Client().put("/api/v1/filings")
    assert response.status_code == 405 and response["Allow"] == "POST"


@contextmanager
def one_connection() -> Iterator[None]:
    """Requests within the test's transaction, as Django's own test client makes them (it connects these again)."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["sound", "unsound"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_generated_requests_are_answered_as_documented(
    name: str,
    mode: GenerationMode,
    world: World,
    token_of: Callable[[str], dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(throttle, "allow", lambda *_: throttle.Place(""))
    headers = token_of("officer")
    method, path, _ = operations()[name]
    with one_connection():
        schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
        try_requests(schema[path][method.upper()].as_strategy(generation_mode=mode), headers)


def try_requests(requests: SearchStrategy[Any], headers: dict[str, str]) -> None:
    @settings(
        max_examples=15,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=requests)
    def answered(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS)

    answered()
