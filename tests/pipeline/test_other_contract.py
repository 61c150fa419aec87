"""Loaded files that another contract than the current one validated are named, with the remedy."""

from app.contract.open import DEFAULT_CONTRACT, open_contract
from app.jobs.context import Context
from app.pipeline.staleness import AgeLimit
from app.pipeline.status import read_status
from app.pipeline.validations import describe_others
from app.source.open import declared_sources
from tests.loading import BAD, change, load, query, sale
from tests.pipeline.conftest import Put
from tests.pipeline.declaring import BRITISH, applied, declaring, hash_of

COUNTS = {"countsWhen": "quantity > 0"}


def warnings(context: Context) -> tuple[list[str], str | None]:
    """The messages about the contract, and the reason of the quality at the end of the day."""
    messages = query(context.engine, "select message from quality.data_warning where kind = 'other_contract'")
    ((warning,),) = query(context.engine, "select warning from pipeline.freshness_day")
    return [message for (message,) in messages], warning


def described(context: Context) -> str | None:
    with context.engine.connect() as connection:
        return describe_others(connection, declared_sources(context.settings).contract, is_set=True)


def expected(before: Context, files: str = "1 file was") -> str:
    name = f"online-retail 1.0.0, {hash_of(before)[:8]}"
    return f"{files} validated by another contract ({name}); run `regulars contract apply`"


def test_an_ingest_without_new_files_warns_of_the_former_contract(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    load(declaring(context, **COUNTS))
    assert warnings(context) == ([expected(context)], expected(context))


def test_the_recorded_warning_is_not_about_the_contract(context: Context, put: Put) -> None:
    put(sale())
    put(BAD, day="2026-02-02")
    load(context)
    load(declaring(context, **COUNTS))
    ((warning,),) = query(context.engine, "select warning from pipeline.freshness")
    assert warning == "1 file rejected or failed, see /v1/files"


def test_files_that_the_current_contract_validated_are_not_counted(context: Context, put: Put) -> None:
    put(sale())
    put(sale("536366"), day="2026-02-02")
    load(context)
    put(sale("536367"), day="2026-02-03")
    load(declaring(context, **COUNTS))
    assert warnings(context)[0] == [expected(context, "2 files were")]


def test_the_warning_ends_with_apply(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    changed = declaring(context, **COUNTS)
    load(changed)
    applied(changed)
    assert warnings(context) == ([], None)


def test_the_warning_ends_with_the_former_contract(context: Context, put: Put) -> None:
    put(sale())
    for each in (context, declaring(context, **COUNTS), context):
        load(each)
    assert warnings(context) == ([], None)


def test_a_contract_of_the_same_meaning_is_no_other_one(context: Context, put: Put) -> None:
    put(sale())
    before = declaring(context, **COUNTS)
    load(before)
    load(declaring(context, keys={"version": "2.0.0"}, **COUNTS))
    assert warnings(context) == ([], None)


def test_rows_of_several_contracts_are_named_so(context: Context, put: Put) -> None:
    put(sale(), sale("536366"), sale("536370", "B", day="3/2/2026"))
    load(context)
    load(declaring(context, columns=BRITISH))
    assert warnings(context)[0] == [
        expected(context).replace(
            f"online-retail 1.0.0, {hash_of(context)[:8]}", "rows of several contracts, or of version 0.1.0"
        )
    ]


def test_files_from_before_contracts_are_those_of_the_default_contract(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    change(context.engine, "update pipeline.source_file set contract_sha256 = null, quarantine_contract_sha256 = null")
    default = context.settings.model_copy(update={"contract": "online-retail"})
    with context.engine.connect() as connection:
        found = describe_others(connection, declared_sources(default).contract, is_set=False)
    assert (found, described(declaring(context, **COUNTS)) is None) == (None, False)


def state(context: Context) -> tuple[str | None, list[str]]:
    """The warning of the status, and the messages of its warnings about all data."""
    with context.engine.connect() as connection:
        limit = AgeLimit(context.settings.today, 3)
        found = read_status(connection, declared_sources(context.settings).contract, limit, is_contract_set=True)
    return found.warning, [each["message"] for each in found.data_warnings]


def test_the_status_warns_before_an_ingest(context: Context, put: Put) -> None:
    put(sale())
    put(BAD, day="2026-02-02")
    load(context)
    rejected = "1 file rejected or failed, see /v1/files"
    assert state(context) == (rejected, [])
    changed = declaring(context, **COUNTS)
    assert state(changed) == (f"{rejected}; {expected(context)}", [expected(context)])
    load(changed)
    assert state(changed) == (f"{rejected}; {expected(context)}", [expected(context)])


def test_the_status_ends_the_warning_before_an_ingest(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    load(declaring(context, **COUNTS))
    assert state(context) == (None, [])


def test_the_status_describes_the_files_of_the_current_contract(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    changed = declaring(context, **COUNTS)
    put(sale("536366"), day="2026-02-02")
    load(changed)
    third = declaring(context, countsWhen="quantity > 1")
    (warning, messages) = state(third)
    assert (warning, len(messages), "2 files were" in messages[0]) == (messages[0], 1, True)


def test_a_default_contract_that_no_setting_names_has_another_remedy(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    default = open_contract(DEFAULT_CONTRACT)
    with context.engine.connect() as connection:
        found = describe_others(connection, default, is_set=False)
    assert found == (
        f"1 file was validated by another contract (online-retail 1.0.0, {hash_of(context)[:8]}); this process uses "
        f"online-retail ({default.sha256[:8]}) because REGULARS_CONTRACT is not set: set REGULARS_CONTRACT to the file "
        "that the worker uses, or to online-retail if it uses none"
    )
