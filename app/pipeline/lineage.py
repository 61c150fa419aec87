"""Lineage: nodes and edges of the way from the sources to exports and webhooks, and the files of a customer."""

from typing import Any, Final

from sqlalchemy import Select, String, TextClause, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.db.sql import named
from app.gold.tables import customer_invoice
from app.pipeline.ledger import address, files
from app.pipeline.tables import ACTIVE, source_file
from app.segments.model.schemes import SCHEMES
from app.segments.registry_tables import model
from app.segments.states import CURRENT_STATES
from app.segments.tables import current_run

LINEAGE: Final[TextClause] = named(__package__, "lineage").bindparams(
    bindparam("active", [*ACTIVE], type_=ARRAY(String))
)
"""Nodes and edges: columns origin, target (null for a node), name, rows, unit, at, run_id, job."""


def files_of_customer(customer_id: str) -> Select[Any]:
    """Return the SELECT of the files with sales or returns of a customer that count."""
    f, i = source_file.c, customer_invoice.c
    columns = (f.id.label("file_id"), f.sha256, f.state, f.loaded_at, f.contract_sha256, f.run_id)
    of_customer = files.join(customer_invoice, i.file_id == f.id)
    return (
        select(
            *columns,
            address.label("source_file"),
            func.count(i.invoice_no.distinct()).label("invoices"),
            func.sum(i.amount).label("amount"),
        )
        .select_from(of_customer)
        .where(i.customer_id == customer_id, i.is_counted)
        .group_by(*columns, address)
    )


def assignment_of_customer() -> Select[Any]:
    """Return the SELECT of a customer's newest state, with its model; :customer_id is the id."""
    s, m, c = CURRENT_STATES.c, model.c, current_run.c
    states = (s.as_of, s.cluster, *(s[scheme] for scheme in SCHEMES), s.updated_at)
    facts = (m.run_id, m.as_of.label("run_as_of"), m.trained_at, m.sha256, m.k, m.customers, m.versions)
    joined = CURRENT_STATES.join(current_run, c.singleton).join(model, m.run_id == c.run_id)
    return select(*states, *facts, c.published_at).select_from(joined).where(s.customer_id == bindparam("customer_id"))
