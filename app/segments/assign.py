"""Between trainings: customers touched by new sales get their segment by the current model at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, select, update

from app.db.sql import named
from app.segments.changes import record_changes
from app.segments.model.scoring import Scorer
from app.segments.model.segment_table.table import SegmentTable
from app.segments.publish import Assigned, read_rfm, summarise, touch_updated_at, write_customers, write_table
from app.segments.registry import by_cluster, load_model, serving_run
from app.segments.tables import model


@dataclass(frozen=True, slots=True)
class Done:
    """How many customers were assigned, and the first change_id of those whose segment changed."""

    customers: int = 0
    first_change: int | None = None


def assign(connection: Connection, as_of: date, table: SegmentTable) -> Done:
    """Assign every customer whose gold row changed since he was assigned; nobody before the first training.

    The medians that names compare with are those of the training. Raises ArtifactRefused where the model's bytes are
    not those that were registered.
    """
    connection.execute(named("app.gold", "lock_gold"))  # what was judged is what is written
    run_id = serving_run(connection)
    if run_id is None:
        return Done()
    touched = named(__package__, "read_touched")
    ids, rfm = read_rfm(connection.execute(touched, {"run_id": run_id, "as_of": as_of}).all())
    assigned = _assigned(connection, run_id, table, ids, rfm)
    first = record_changes(connection, run_id, assigned, as_of=as_of, before=run_id, table=table)
    past = {"run_id": run_id, "as_of": as_of, "customer_ids": ids}
    for statement in ("delete_later_history", "write_history"):
        connection.execute(named(__package__, statement), past)
    gone = connection.execute(named(__package__, "delete_gone"), {"run_id": run_id}).rowcount
    if ids:
        write_table(connection, run_id, table)
        write_customers(connection, run_id, assigned, as_of=as_of, before=run_id)
    if ids or gone:
        summarise(connection, run_id)
        touch_updated_at(connection)
    return Done(len(ids), first)


def assign_all(connection: Connection, run_id: UUID, *, before: UUID | None, as_of: date, table: SegmentTable) -> Done:
    """Assign every customer by the model of a run that is about to take the place of `before`.

    The caller holds the lock of gold. Raises ArtifactRefused.
    """
    ids, rfm = read_rfm(connection.execute(named(__package__, "read_rfm"), {"as_of": as_of}).all())
    write_table(connection, run_id, table)
    assigned = _assigned(connection, run_id, table, ids, rfm)
    first = record_changes(connection, run_id, assigned, as_of=as_of, before=before, table=table)
    write_customers(connection, run_id, assigned, as_of=as_of, before=before)
    summarise(connection, run_id)
    return Done(len(ids), first)


def _assigned(
    connection: Connection, run_id: UUID, table: SegmentTable, ids: Sequence[str], rfm: npt.NDArray[np.float64]
) -> Assigned:
    trained: Any = connection.execute(select(model).where(model.c.run_id == run_id)).mappings().one()
    scorer = Scorer.of(trained)
    clusters = load_model(connection, run_id).predict(rfm) if ids else np.empty(0, np.int_)
    # A cluster that nobody was in at the training, an outlier's, is named by its first members.
    names = scorer.names(rfm, clusters, table)
    if new := scorer.new_medians(rfm, clusters):
        kept = {
            "segment_of_cluster": {str(number): slug for number, slug in names.items()},
            "cluster_medians": by_cluster({**scorer.cluster_medians, **new}),
        }
        connection.execute(update(model).where(model.c.run_id == run_id).values(kept))
    return Assigned.named(ids, rfm, clusters, names, table.name_customers(rfm, scorer.medians))
