"""Commands of custom segments: list, columns, preview, save, versions, remove."""

import json

import pytest
from typer.testing import CliRunner, Result

from app.cli.command import make_app
from app.errors import InvalidSelection, RegularsError, SegmentConflict
from app.jobs.context import Context
from tests.segments.custom.saving import members
from tests.segments.shop import AS_OF, SHOP, stock, train

RICH = "monetary >= 90000"


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(make_app("segments"), ["segments", *arguments], env={"COLUMNS": "300"})
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def shop(context: Context, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Context:
    """Return a shop with a model; its database is in the environment."""
    monkeypatch.setenv("REGULARS_DATABASE_URL", database_url)
    monkeypatch.setenv("REGULARS_AS_OF", str(AS_OF))
    stock(context.engine, *SHOP)
    train(context)
    return context


def test_a_saved_segment_has_its_customers_at_once(shop: Context) -> None:
    result = run("save", "Rich", RICH)
    assert ("Rich has 1 customer." in result.stderr, members(shop.engine, "rich")) == (True, ["whale"])


def test_saving_again_is_a_new_version(shop: Context) -> None:
    run("save", "Rich", RICH, "--tier", "Premium", "--goal", "Keep them")
    run("save", "rich", "monetary > 1")
    found = json.loads(run("versions", "Rich", "--json").stdout)
    assert [(each["version"], each["tier"], each["recommendation"]["goal"]) for each in found] == [
        (2, "Premium", "Keep them"),
        (1, "Premium", "Keep them"),
    ]


def test_the_list_has_numbers_and_conditions(shop: Context) -> None:
    run("save", "Rich", RICH)
    (row,) = json.loads(run("list", "--json").stdout)
    assert (row["slug"], row["customers"], row["condition"]) == ("rich", 1, RICH)
    assert RICH in run("list").stdout


def test_a_removed_segment_has_no_customers_and_keeps_its_versions(shop: Context) -> None:
    run("save", "Rich", RICH)
    run("remove", "Rich")
    assert (members(shop.engine, "rich"), json.loads(run("list", "--json").stdout)) == ([], [])
    assert "removed" in run("versions", "Rich").stdout


def test_a_preview_shows_numbers_overlaps_and_a_sample(shop: Context) -> None:
    shown = run("preview", RICH).stdout
    assert [word for word in ("customers", "kmeans", "whale") if word not in shown] == []


def test_a_preview_of_a_replacement_shows_who_would_join_and_leave(shop: Context) -> None:
    run("save", "Rich", RICH)
    found = json.loads(run("preview", "monetary < 90000", "--replaces", "Rich", "--json").stdout)
    assert (found["joining"], found["leaving"]) == (len(SHOP) - 1, 1)


def test_columns_have_types_and_descriptions(shop: Context) -> None:
    found = {each["name"]: each["type"] for each in json.loads(run("columns", "--json").stdout)}
    assert (found["recency"], found["last_invoice_date"]) == ("integer", "date")


@pytest.mark.parametrize(
    ("arguments", "error", "remedy"),
    [
        (("preview", "monetry > 1"), InvalidSelection, "did you mean monetary"),
        (("save", "Champions", RICH), SegmentConflict, "choose another name"),
        (("remove", "nothing"), InvalidSelection, "list the custom segments"),
        (("versions", "nothing"), InvalidSelection, "list the custom segments"),
    ],
)
def test_bad_input_is_refused(
    shop: Context, arguments: tuple[str, ...], error: type[RegularsError], remedy: str
) -> None:
    with pytest.raises(error, match=remedy):
        run(*arguments)


@pytest.mark.parametrize("option", [("--tier", "Gold"), ("--urgency", "soon"), ("--action", "one")])
def test_bad_options_are_refused(shop: Context, option: tuple[str, str]) -> None:
    assert run("save", "Rich", RICH, *option).exit_code == 2
