"""Commands of models: list, promote, discard, roll back, refit, reproduce."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from typer.testing import CliRunner, Result

from app.cli.command import make_app
from app.cli.train import describe
from app.errors import InvalidSelection, ModelConflict
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.retrain import TrainingResult, retrain
from app.settings import Settings
from tests.loading import change, load, query, sale
from tests.segments.shop import AS_OF, SHOP, stock
from tests.segments.test_forecasts import BUYERS

FIRST, SECOND = UUID(int=1), UUID(int=2)


def run(command: str, *arguments: str, columns: str = "300") -> Result:
    result = CliRunner().invoke(make_app(command), [command, *arguments], env={"COLUMNS": columns})
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"model_policy": "stable"})


@pytest.fixture
def shop(context: Context, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Context:
    """Return a shop with a champion and a challenger; its database is in the environment."""
    monkeypatch.setenv("REGULARS_DATABASE_URL", database_url)
    monkeypatch.setenv("REGULARS_AS_OF", str(AS_OF + timedelta(days=1)))
    monkeypatch.setenv("REGULARS_MODEL_POLICY", "stable")
    stock(context.engine, *SHOP)
    for run_id, days in ((FIRST, 0), (SECOND, 1)):
        retrain(context, Run(run_id, "retrain"), AS_OF + timedelta(days=days))
    return context


def test_models_are_listed_with_their_outcome_and_reasons(shop: Context) -> None:
    listed = json.loads(run("models", "list", "--json").stdout)
    assert {(each["run_id"], each["outcome"], each["is_current"]) for each in listed} == {
        (str(FIRST), "published", True),
        (str(SECOND), "not_published", False),
    }


def test_the_table_of_models_says_why(shop: Context) -> None:
    assert "Kept:" in run("models", "list").stdout


def test_the_table_of_models_has_whole_ids_on_a_narrow_terminal(shop: Context) -> None:
    assert str(SECOND) in run("models", "list", columns="80").stdout


def test_the_list_of_models_has_every_letter_of_the_reasons_on_a_narrow_terminal(shop: Context) -> None:
    (reason,) = reasons_of(SECOND)
    assert reason in run("models", "list", columns="80").stdout


def test_the_list_of_models_has_the_comparison_with_the_champion(shop: Context) -> None:
    listed = run("models", "list").stdout
    assert "compared with the champion before: moves " in listed
    assert listed.count("adjusted Rand index") == listed.count("inertia of the champion") == 1


def test_the_list_of_models_says_which_can_be_promoted(shop: Context) -> None:
    found = {text.split()[0]: "It can be promoted" in text for text in run("models", "list").stdout.split("\n\n")[:2]}
    assert found == {str(FIRST): False, str(SECOND): True}


def test_models_as_json_have_times_and_champions_as_in_the_api(shop: Context) -> None:
    found = {each["run_id"]: each for each in json.loads(run("models", "list", "--json").stdout)}[str(SECOND)]
    assert (found["champion_run_id"], found["can_be_promoted"]) == (str(FIRST), True)
    assert found["trained_at"] == "2026-03-01T12:00:00Z"


@pytest.mark.parametrize(
    "command",
    ["models promote", "models discard", "models roll-back", "runs reproduce", "report"],
)
def test_an_id_that_is_none_names_the_list_of_models(command: str) -> None:
    first, *rest = command.split()
    result = run(first, *rest, "my-run")
    assert result.exit_code == 2
    assert "'my-run' is not the id of a training run; see: regulars models list" in " ".join(result.stderr.split())


def test_a_publication_says_why(shop: Context) -> None:
    assert "k = 3. Published: a person requested it." in run("train", "--force").stderr


def test_a_held_training_names_the_commands_that_decide() -> None:
    held = TrainingResult(9, 2, {}, "held", ("Proposed: it is better.", "Held: it would move 40 % of the customers."))
    assert describe(held, FIRST, AS_OF) == (
        "Trained on 9 customers as of 2026-03-01: k = 2. Proposed: it is better. Held: it would move 40 % of the "
        f"customers. Decide: regulars models promote {FIRST} or regulars models discard {FIRST}"
    )


def test_a_promoted_model_is_the_champion(shop: Context) -> None:
    run("models", "promote", str(SECOND))
    assert query(shop.engine, "select run_id from segments.current_run") == [(SECOND,)]


def test_a_roll_back_publishes_the_model_before(shop: Context) -> None:
    run("models", "promote", str(SECOND))
    run("models", "roll-back")
    assert query(shop.engine, "select run_id from segments.current_run") == [(FIRST,)]


def reasons_of(run_id: UUID) -> list[str]:
    listed = json.loads(run("models", "list", "--json").stdout)
    found: list[str] = next(each["reasons"] for each in listed if each["run_id"] == str(run_id))
    return found


def test_a_promotion_says_which_model_is_current(shop: Context) -> None:
    said = run("models", "promote", str(SECOND)).stderr
    assert f"Run {SECOND} is current now, for the customers of 2026-03-02; before, run {FIRST} was." in said


def test_decisions_are_among_the_reasons(shop: Context) -> None:
    run("models", "promote", str(SECOND))
    run("models", "roll-back")
    today = query(shop.engine, "select cast(timezone('UTC', now()) as date)")[0][0]
    assert reasons_of(SECOND)[1:] == [f"Promoted on {today}."]
    assert reasons_of(FIRST) == ["Published: it is the first model.", f"Rolled back to on {today}."]


def test_decisions_are_in_the_audit_log(shop: Context) -> None:
    run("models", "promote", str(SECOND))
    run("models", "roll-back")
    with pytest.raises(ModelConflict):
        run("models", "discard", str(FIRST))
    entries = "select key_id, method, path, parameters->>'run_id', status from access.audit_entry order by entry_id"
    assert query(shop.engine, entries) == [
        ("cli", "CLI", "regulars models promote", str(SECOND), 200),
        ("cli", "CLI", "regulars models roll-back", str(FIRST), 200),
        ("cli", "CLI", "regulars models discard", str(FIRST), 409),
    ]


def test_a_forced_training_is_in_the_audit_log(shop: Context) -> None:
    run("train", "--force")
    assert query(shop.engine, "select path, status from access.audit_entry") == [("regulars train --force", 200)]


def test_a_discarded_model_is_listed_as_such(shop: Context) -> None:
    run("models", "discard", str(SECOND))
    assert query(shop.engine, "select outcome from segments.model where run_id = :r", r=SECOND) == [("discarded",)]


def test_an_unknown_model_is_refused(shop: Context) -> None:
    with pytest.raises(InvalidSelection, match="regulars models list"):
        run("models", "promote", str(UUID(int=9)))


def test_a_training_that_is_not_published_says_why_and_scores_the_customers(shop: Context) -> None:
    result = run("train", "--as-of", str(AS_OF + timedelta(days=2)))
    assert "k = 3. Not published. Kept: " in result.stderr
    assert query(shop.engine, "select as_of from segments.current_run") == [(AS_OF + timedelta(days=2),)]


def test_a_rescore_is_of_the_day(shop: Context) -> None:
    run("rescore", "--as-of", str(AS_OF + timedelta(days=3)))
    assert query(shop.engine, "select as_of from segments.current_run") == [(AS_OF + timedelta(days=3),)]


def test_a_refit_shows_the_edges_before_and_now(shop: Context) -> None:
    stock(shop.engine, *BUYERS)
    run("rescore")
    run("train", "--force")
    lines = run("models", "refit-value").stderr.splitlines()
    assert [line.split(": ")[0] for line in lines] == ["Edges before (GBP)", "Edges now (GBP)"]
    assert [line.count(" · ") for line in lines] == [10, 10]
    assert query(shop.engine, "select cause from segments.value_edges order by 1") == [("first",), ("refit",)]


def test_the_list_has_the_share_of_the_largest_value_band(shop: Context) -> None:
    stock(shop.engine, *BUYERS)
    run("rescore")
    run("train", "--force")
    (share,) = query(
        shop.engine,
        """select 1.0 * max(customers) / sum(customers) from segments.segment_summary
        where scheme = 'value' and run_id = (select run_id from segments.current_run)""",
    )[0]
    assert f"is the largest band, with {share:.1%} of the customers." in run("models", "list").stdout


# --- reproduction


@pytest.fixture
def loaded(context: Context, database_url: str, put: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Context:
    """Return a database with sales in files, a first training, and a second one whose fits begin from the first."""
    monkeypatch.setenv("REGULARS_DATABASE_URL", database_url)
    rows = [
        sale(f"{500_000 + 10 * n + order}", str(10_000 + n), quantity=1 + (7 * n) % 40, day=f"2026-02-{1 + n % 28:02}")
        for n in range(60)
        for order in range(1 + n % 4)
    ]
    put(*rows)
    load(context)
    for run_id, days in ((FIRST, 0), (SECOND, 1)):
        retrain(context, Run(run_id, "retrain"), AS_OF + timedelta(days=days))
    return context


@pytest.mark.parametrize("run_id", [FIRST, SECOND])
def test_a_training_run_is_reproduced_from_the_files(loaded: Context, run_id: UUID) -> None:
    found = json.loads(run("runs", "reproduce", str(run_id), "--json").stdout)
    assert (found["is_same_data"], found["is_same_model"], found["same_clusters"]) == (True, True, 1.0)


def test_a_run_on_other_data_is_not_reproduced(loaded: Context) -> None:
    change(loaded.engine, "update gold.customer_invoice set amount = amount + 1 where customer_id = '10001'")
    result = run("runs", "reproduce", str(SECOND))
    assert (result.exit_code, "The run is not reproduced." in result.stderr) == (1, True)


def test_an_erasure_since_the_training_is_named(loaded: Context) -> None:
    change(
        loaded.engine,
        "update segments.model set trained_at = now() - interval '1 hour'",
        "insert into privacy.erasure (erasure_id, customer_hash, key_fingerprint, requested_by, removed, exports) "
        "values (gen_random_uuid(), 'h', 'f', 'someone', '{}', '{}')",
    )
    assert "1 customer was erased: their features are missing." in run("runs", "reproduce", str(FIRST)).stdout


def test_the_table_of_a_reproduction_has_the_hash_of_the_features(loaded: Context) -> None:
    ((sha256,),) = query(loaded.engine, "select data_sha256 from segments.model where run_id = :run", run=FIRST)
    assert f"SHA-256 of the features {sha256}" in " ".join(run("runs", "reproduce", str(FIRST)).stdout.split())


def test_the_share_in_the_same_cluster_is_of_the_customers_now(loaded: Context) -> None:
    assert "100.0000% of the 60 customers now" in run("runs", "reproduce", str(FIRST)).stdout


def test_a_run_that_was_never_trained_is_refused(loaded: Context) -> None:
    with pytest.raises(InvalidSelection, match="no training run"):
        run("runs", "reproduce", str(UUID(int=9)))
