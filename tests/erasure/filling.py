"""Sales of two customers in every table, one of whom is to be erased."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.retrain import retrain
from tests.conftest import HEADER
from tests.loading import change, load, sale
from tests.pipeline.replaying import rejecting_nothing

Put = Callable[..., Path]
WHO = "1785000042"
OTHER = "1785000099"


def fill(context: Context, put: Put, who: str = WHO, *, trains: bool = True) -> None:
    """Load sales of two customers, a correction, a cancellation and quarantined rows; train twice."""
    theirs, header = cell(who), f"{HEADER},Till,Buyer"
    rows = [
        sale(customer=theirs),
        sale("536366", OTHER),
        sale("C36367", theirs),
        sale("536368", cell(f" {who}"), quantity=-6),
    ]
    put(*rows, sale("536369", theirs, day="yesterday"), f"536370,85123A,{theirs},France")
    extras = [f"{sale('536371', theirs)},till 1,Mr {theirs}", f"{sale('536372', OTHER)},till 2,{theirs}"]
    put(content="\n".join([header, *extras, ""]).encode(), day="2026-02-02")
    put(sale("536373", theirs, day="2026-02-03"), day="2026-02-03")
    context = rejecting_nothing(context)
    load(context)
    if trains:
        train(context)
    put(sale("536374", theirs, day="2026-02-03"), sale("536375", OTHER, day="2026-02-03"), day="2026-02-03")
    load(context)
    if trains:
        train(context)


def train(context: Context) -> None:
    """Train and publish, whatever the gate says."""
    change(context.engine, "update pipeline.freshness set gate_reason = null")
    retrain(context, Run(uuid4(), "retrain"), context.settings.today)


def cell(text: str) -> str:
    """Return the text as a cell of CSV."""
    return '"' + text.replace('"', '""') + '"' if '"' in text or "," in text else text
