"""Gates V1-V4: no table, name, statement, page or export lists, counts, sorts or marks people. Each has a twin."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models
from django.test.utils import isolate_apps
from django.urls import get_resolver

from huiyin.api.urls import api
from huiyin.cases import search
from huiyin.cases.models import Party
from tests.house import people_lints as lints
from tests.house.tree import text_files


def own_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("huiyin.")]


def test_nobody_is_a_row_but_party_and_user() -> None:
    assert lints.schema_faults(own_models()) == []


def model(name: str, **fields: Any) -> type[models.Model]:
    meta = type("Meta", (), {"app_label": "cases"})
    return type(name, (models.Model,), {"__module__": __name__, "Meta": meta, **fields})


@isolate_apps("huiyin.cases")
def test_a_table_that_is_about_people_is_named() -> None:
    tagged = model("Mark", of=models.ForeignKey("cases.Party", models.CASCADE))
    assert lints.schema_faults([tagged]) == ["cases.Mark.of: points at a party"]
    assert lints.schema_faults([model("Petitioner")]) == ["cases.Petitioner: a table of people"]
    paired = model("Group", members=models.ManyToManyField("cases.Party", related_name="+"))
    assert "cases.Group.members: points at a party" in lints.schema_faults([paired])
    told = model("Call", phone=models.CharField(max_length=20))
    assert lints.schema_faults([told]) == ["cases.Call.phone: a person's field outside the party"]
    card = model("Card", of=models.OneToOneField("org.User", models.CASCADE))
    assert lints.schema_faults([card]) == ["cases.Card.of: one row a person"]


@isolate_apps("huiyin.cases")
def test_a_new_field_of_a_party_is_named_and_a_party_without_case_too() -> None:
    case = models.ForeignKey("cases.Case", models.PROTECT, null=True)
    filing = models.ForeignKey("cases.Filing", models.PROTECT)
    wrong = model("Party", case=case, filing=filing, visits=models.IntegerField())
    assert lints.schema_faults([wrong]) == [
        "cases.Party.visits: not on the list",
        "cases.Party.case: a party belongs to one case",
    ]


@pytest.mark.django_db
def test_the_database_holds_no_view_and_no_further_column_of_parties() -> None:
    with connection.cursor() as cursor:
        kinds = {table.name: table.type for table in connection.introspection.get_table_list(cursor)}
        columns = {row.name for row in connection.introspection.get_table_description(cursor, "cases_party")}
    assert [name for name, kind in kinds.items() if kind == "v"] == []
    assert columns == {field.column for field in Party._meta.concrete_fields}


def test_no_name_judges_people() -> None:
    addresses = [(address, f"{address} {name}") for address, name in lints.routes(get_resolver().url_patterns)]
    parts = api.get_openapi_schema()["components"]["schemas"]
    fields = [(name, field) for name, part in parts.items() for field in [name, *part.get("properties", {})]]
    assert lints.name_faults([*lints.model_names(own_models()), *addresses, *fields]) == []


def test_no_template_speaks_of_people_to_be_watched() -> None:
    pages = [(name, line) for name, text in text_files("huiyin") if name.endswith(".html") for line in text.split("\n")]
    assert [(name, line) for name, line in pages if lints.CHINESE.search(line)] == []


@isolate_apps("huiyin.cases")
def test_a_judging_name_is_named() -> None:
    kinds = [("calm", "一般"), ("watch", "重点" + "人员")]
    marked = model("Note", riskLevel=models.IntegerField(), kind=models.CharField(max_length=9, choices=kinds))
    assert lints.name_faults(lints.model_names([marked])) == [
        "cases.Note.riskLevel: riskLevel: level, risk",
        "cases.Note.kind: watch: watch",
        f"cases.Note.kind: {'重点' + '人员'}: {'重点' + '人'}",
    ]
    assert lints.name_faults([("desk/top/", "desk/profile/<str:reference>/ profile")])
    assert lints.name_faults([("CaseRow", "score")]) and not lints.name_faults([("CaseRow", "stage_label")])


def test_no_page_and_no_export_has_a_person_for_a_row() -> None:
    assert lints.route_faults(lints.routes(get_resolver().url_patterns)) == []
    assert lints.schema_document_faults(api.get_openapi_schema()) == []
    assert [name for name in search.Filters.__dataclass_fields__ if lints.OF_A_PERSON.search(name)] == []


@pytest.mark.parametrize("route", [("desk/people/<int:pk>/", "one"), ("desk/cases/", "filer_list"), ("a/party/", "")])
def test_a_page_of_a_person_is_named(route: tuple[str, str]) -> None:
    assert lints.route_faults([route])


def test_a_parameter_or_answer_about_a_person_is_named() -> None:
    document = copy.deepcopy(api.get_openapi_schema())
    document["paths"]["/api/v1/cases"]["get"]["parameters"].append({"name": "phone", "in": "query"})
    document["paths"]["/api/v1/cases"]["get"]["parameters"].append({"name": "order_by", "in": "query"})
    document["components"]["schemas"]["CaseRow"]["properties"]["filer"] = {}
    assert lints.schema_document_faults(document) == [
        "/api/v1/cases: parameter phone",
        "/api/v1/cases: parameter order_by",
        "CaseRow.filer: a person's field",
    ]


FORBIDDEN = {
    'SELECT p."account_digest", COUNT(*) FROM "cases_party" p GROUP BY p."account_digest"': "GROUP BY",
    'SELECT "cases_party"."account_digest", COUNT(*) FROM "cases_party" GROUP BY 1': "GROUP BY",
    'SELECT "cases_case"."id" FROM "cases_case" INNER JOIN "cases_party" T3 ON T3."case_id" = "cases_case"."id" '
    'ORDER BY T3."account_digest"': "ORDER BY",
    'SELECT COUNT(DISTINCT "cases_party"."account_digest") FROM "cases_party"': "COUNT DISTINCT",
    'SELECT DISTINCT "cases_party"."account_digest" FROM "cases_party"': "DISTINCT",
    'SELECT "id", ROW_NUMBER() OVER (PARTITION BY "cases_party"."account_digest") FROM "cases_party"': "PARTITION",
    'SELECT "vault_indexentry"."digest" FROM "vault_indexentry" ORDER BY "vault_indexentry"."digest"': "ORDER BY",
    "SELECT key_id FROM vault_indexentry ORDER BY digest": "ORDER BY vault_indexentry.digest",
    'SELECT "key_id" FROM "vault_indexentry" GROUP BY "key_id" HAVING COUNT("vault_indexentry"."digest") > 1': "HAVING",
    'SELECT a."id" FROM "cases_party" a JOIN "cases_party" b ON a."account_digest" = b."account_digest"': "JOIN",
}


@pytest.mark.parametrize("dialect", ["sqlite", "postgres"])
@pytest.mark.parametrize("statement", FORBIDDEN)
def test_a_statement_that_groups_sorts_or_pairs_people_is_named(statement: str, dialect: str) -> None:
    assert any(fault.startswith(FORBIDDEN[statement]) for fault in lints.sql_faults(statement, dialect))


@pytest.mark.parametrize(
    "statement",
    [
        'SELECT "id" FROM "cases_case" ORDER BY "received_at"',
        'SELECT "cases_party"."id" FROM "cases_party" WHERE "cases_party"."account_digest" = %s ORDER BY "id"',
        'SELECT "case_id", COUNT(*) FROM "cases_party" GROUP BY "case_id"',
    ],
)
def test_a_statement_about_one_case_or_one_s_own_cases_passes(statement: str) -> None:
    assert lints.sql_faults(statement, "sqlite") == []
