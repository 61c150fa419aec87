"""Validations of files in the ledger: by which contract each was validated, and which are to be validated again."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, case, exists, func, null, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from app.contract.id_rules import FIRST_RULES, id_rules
from app.contract.model import Contract
from app.contract.open import DEFAULT_CONTRACT, open_contract
from app.db.arrays import is_any
from app.errors import Misconfigured
from app.pipeline.ledger import SourceFile, source_files, t
from app.pipeline.tables import ACTIVE, contract, source_file
from app.silver.clean import CleanCounts
from app.silver.tables import quarantine


def record_contract(connection: Connection, used: Contract, first_used_at: datetime) -> None:
    """Record a contract by which files are validated, once for each hash."""
    values = {"sha256": used.sha256, "id": used.id, "name": used.name, "version": used.version}
    values["id_rules"] = id_rules(used.customer)
    new = insert(contract).values({**values, "document": used.text, "first_used_at": first_used_at})
    connection.execute(new.on_conflict_do_nothing())


def id_rules_in_use(connection: Connection) -> set[str]:
    """Return the rules by which the rows of active files were read for ids."""
    rules = func.coalesce(contract.c.id_rules, FIRST_RULES)
    joined = select(rules).join_from(source_file, contract, contract.c.sha256 == t.contract_sha256, isouter=True)
    return set(connection.execute(joined.where(t.state.in_(ACTIVE)).distinct()).scalars())


def requeue_rejected(connection: Connection, source_name: str, keys: Collection[str], sha256: str) -> int:
    """Queue the files that another contract rejected, and that are still listed; return their number."""
    discovered = {"state": "discovered", "attempts": 0, "error": None}
    others = (t.state == "rejected", t.source == source_name, is_any(t.key, keys), _is_other(sha256))
    return connection.execute(update(source_file).where(*others).values(discovered)).rowcount


def quarantined_by_others(
    connection: Connection, readings: Mapping[str, str | None], sha256: str
) -> list[tuple[SourceFile, str]]:
    """Return the active files with open quarantined rows that another contract validated, and this one reads alike.

    Args:
        readings: fingerprint that the rows of each source need, None for any; files of other sources are not returned.
    """
    is_open = exists().where(quarantine.c.file_id == t.id, quarantine.c.status == "open")
    is_other = t.quarantine_contract_sha256.is_distinct_from(sha256)
    needed = [(source, reading) for source, reading in readings.items() if reading is not None]
    is_any = t.source.in_(readings.keys() - dict(needed).keys())
    is_alike = or_(is_any, t.reading_sha256.is_(None), tuple_(t.source, t.reading_sha256).in_(needed))
    return source_files(connection, t.state.in_(ACTIVE), t.source.in_(readings), is_alike, is_other, is_open)


def validated_by_others(connection: Connection, sha256: str) -> list[tuple[SourceFile, str]]:
    """Return the active files whose loaded rows were not all validated by this contract."""
    return source_files(connection, t.state.in_(ACTIVE), t.not_read.is_(None), _is_other(sha256))


def is_validated_by_other(connection: Connection, file_id: int, sha256: str) -> bool:
    """Return whether a file is active and its loaded rows were not all validated by this contract."""
    found = select(t.id).where(t.id == file_id, t.state.in_(ACTIVE), _is_other(sha256))
    return connection.execute(found).first() is not None


def move_from_quarantine(connection: Connection, file_id: int, cleaned: CleanCounts, sha256: str) -> None:
    """Change the row counts of a file after rows of its quarantine passed, possibly under another contract."""
    passed, validated_by = cleaned.loaded + cleaned.skipped, t.quarantine_contract_sha256
    moved = {
        "rows_loaded": t.rows_loaded + cleaned.loaded,
        "rows_quarantined": t.rows_quarantined - passed,
        "rows_skipped": t.rows_skipped + cleaned.skipped,
        "contract_sha256": case((_is_other(sha256), null()), else_=t.contract_sha256) if passed else t.contract_sha256,
        "quarantine_contract_sha256": case((validated_by.is_distinct_from(sha256), null()), else_=validated_by),
    }
    connection.execute(update(source_file).where(t.id == file_id).values(moved))


def record_quarantine_validated(connection: Connection, file_id: int, sha256: str) -> None:
    """Record the contract of a file's quarantined rows."""
    connection.execute(update(source_file).where(t.id == file_id).values(quarantine_contract_sha256=sha256))


def record_validated(connection: Connection, file_id: int, cleaned: CleanCounts, sha256: str) -> None:
    """Record the rows of a file that was validated again as a whole."""
    counts = {
        "state": case((t.state == "source_missing", t.state), else_="loaded" if cleaned.rows else "empty"),
        "rows_read": cleaned.rows,
        "rows_loaded": cleaned.loaded,
        "rows_quarantined": cleaned.quarantined,
        "rows_skipped": cleaned.skipped,
    }
    validated = {"contract_sha256": sha256, "quarantine_contract_sha256": sha256}
    connection.execute(update(source_file).where(t.id == file_id).values({**counts, **validated}))


def describe_others(connection: Connection, current: Contract, *, is_set: bool) -> str | None:
    """Return how many loaded files another contract than the current one validated, with the remedy; None without one.

    Files loaded before contracts existed were read as the default contract reads them.

    Args:
        is_set: whether the settings name the current contract; if not, it is the default one, perhaps by mistake.
    """
    c, conditions = contract.c, [t.state.in_(ACTIVE), t.not_read.is_(None), _is_other(current.sha256)]
    if current.sha256 == open_contract(DEFAULT_CONTRACT).sha256:
        conditions.append(or_(t.contract_sha256.is_not(None), t.quarantine_contract_sha256.is_not(None)))
    counted = select(c.id, c.version, c.sha256, func.count().label("files"))
    joined = counted.join_from(source_file, contract, c.sha256 == t.contract_sha256, isouter=True)
    grouped = joined.where(*conditions).group_by(c.id, c.version, c.sha256, c.first_used_at)
    found = connection.execute(grouped.order_by(c.first_used_at.desc().nulls_last())).all()
    if not found:
        return None
    files = sum(each.files for each in found)
    were = "1 file was" if files == 1 else f"{files:,} files were"
    names = [
        f"{each.id} {each.version}, {each.sha256[:8]}"
        if each.sha256
        else "rows of several contracts, or of version 0.1.0"
        for each in found
    ]
    remedy = "run `regulars contract apply`" if is_set else _describe_default(current)
    return f"{were} validated by another contract ({'; '.join(names)}); {remedy}"


def check_contract_is_set(connection: Connection, current: Contract, *, is_set: bool) -> None:
    """Raise Misconfigured before files of other contracts are validated by a contract that no setting names."""
    others = None if is_set else describe_others(connection, current, is_set=False)
    if others is not None:
        raise Misconfigured(f"{others}. To validate these files by {current.id}, give --contract {DEFAULT_CONTRACT}")


def former_id_rules(sha256: str) -> Select[tuple[str]]:
    """Select the rules by which ids may have been read in the active files that another contract validated."""
    joined = select(func.coalesce(contract.c.id_rules, FIRST_RULES).label("id_rules")).join_from(
        source_file, contract, contract.c.sha256 == t.contract_sha256, isouter=True
    )
    return joined.where(t.state.in_(ACTIVE), t.not_read.is_(None), _is_other(sha256)).distinct()


def count_by_contract() -> Select[tuple[str | None, str | None, str | None, int]]:
    """Select contract, version and number of active files, the newest contract first."""
    c = contract.c
    counted = select(t.contract_sha256, c.name, c.version, func.count().label("files"))
    joined = counted.join_from(source_file, contract, c.sha256 == t.contract_sha256, isouter=True)
    grouped = joined.where(t.state.in_(ACTIVE), t.not_read.is_(None)).group_by(
        t.contract_sha256, c.name, c.version, c.first_used_at
    )
    return grouped.order_by(c.first_used_at.desc().nulls_last())


def _describe_default(current: Contract) -> str:
    return (
        f"this process uses {current.id} ({current.sha256[:8]}) because REGULARS_CONTRACT is not set: set "
        f"REGULARS_CONTRACT to the file that the worker uses, or to {DEFAULT_CONTRACT} if it uses none"
    )


def _is_other(sha256: str) -> ColumnElement[bool]:
    return t.contract_sha256.is_distinct_from(sha256)
