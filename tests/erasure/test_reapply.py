"""Re-application of erasures by their certificates after a backup was restored."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.erasure.reapply import erase_again
from app.errors import InvalidSelection, Misconfigured
from app.jobs.context import Context
from tests.erasure.erasing import erased, measured_again, mentions, with_key
from tests.loading import change, gold, load, sale
from tests.pipeline.replaying import rejecting_nothing

Put = Callable[..., Path]
WHO = "1785000042"
OTHER = "1785000099"
Certificate = dict[str, Any]


@pytest.fixture
def certificate(context: Context, put: Put) -> Certificate:
    """Return the certificate of an erasure that a restored backup does not contain."""
    put(sale(customer=WHO), sale("536366", OTHER), f"536367,85123A,{WHO},France")
    load(rejecting_nothing(context))
    found = erased(context, WHO)
    change(
        context.engine,
        "delete from privacy.erasure",
        "truncate bronze.sales_row, silver.sales_row, silver.quarantine, pipeline.source_file",
        "truncate gold.customer_rfm, gold.customer_invoice, quality.file_profile, quality.file_dates",
        "truncate quality.expectation_results",
    )
    load(rejecting_nothing(context))
    assert mentions(context.engine, WHO) != []
    return found


def test_the_customer_is_erased_again(context: Context, certificate: Certificate) -> None:
    (found,) = erase_again(context.engine, context.settings, [certificate])
    assert (found["erasure_id"], found["customer_hash"]) == (certificate["erasure_id"], certificate["customer_hash"])
    assert (mentions(context.engine, WHO), len(gold(context.engine)), measured_again(context)) == ([], 1, True)


def test_later_files_do_not_restore_the_customer(context: Context, certificate: Certificate, put: Put) -> None:
    erase_again(context.engine, context.settings, [certificate])
    put(sale(customer=WHO), day="2026-02-05")
    load(context)
    assert mentions(context.engine, WHO) == []


def test_a_customer_whom_the_backup_does_not_contain_is_suppressed(
    context: Context, certificate: Certificate, put: Put
) -> None:
    erased(context, WHO)
    change(context.engine, "delete from privacy.erasure")
    (found,) = erase_again(context.engine, context.settings, [certificate])
    put(sale(customer=WHO), day="2026-02-05")
    load(context)
    assert (found["removed"], mentions(context.engine, WHO)) == ([], [])


def test_certificates_of_erased_customers_are_skipped(context: Context, certificate: Certificate) -> None:
    erase_again(context.engine, context.settings, [certificate])
    assert erase_again(context.engine, context.settings, [certificate]) == []


def test_a_forged_certificate_is_refused(context: Context, certificate: Certificate) -> None:
    forged = {**certificate, "customer_hash": certificate["customer_hash"][::-1]}
    with pytest.raises(InvalidSelection, match="is not genuine"):
        erase_again(context.engine, context.settings, [certificate, forged])
    assert len(gold(context.engine)) == 2


def test_another_key_is_refused(context: Context, certificate: Certificate) -> None:
    other = with_key(context, "another key " * 4)
    with pytest.raises(InvalidSelection, match="or was signed with another key"):
        erase_again(other.engine, other.settings, [certificate])


def test_a_missing_key_is_refused(context: Context, certificate: Certificate) -> None:
    with pytest.raises(Misconfigured):
        erase_again(context.engine, with_key(context, None).settings, [certificate])
