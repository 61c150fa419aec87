"""Between trainings: customers touched by new sales get their segment by the current model at once."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, select, update

from app.db.sql import named
from app.segments.names import SegmentTable
from app.segments.publish import read_rfm, summarise, write_customers, write_table
from app.segments.registry import load_model, serving_run
from app.segments.scoring import Scorer
from app.segments.tables import model


def assign(connection: Connection, as_of: date, table: SegmentTable) -> int:
    """Assign every customer whose gold row changed since he was assigned; return how many there were.

    The medians that names compare with are those of the training. 0 before the first training.
    Raises ArtifactRefused where the model's bytes are not those that were registered.
    """
    connection.execute(named("gold", "alone"))  # what was judged is what is written
    run_id = serving_run(connection)
    if run_id is None:
        return 0
    gone = connection.execute(named("segments", "forget_gone"), {"run_id": run_id}).rowcount
    touched = named("segments", "read_touched")
    ids, rfm = read_rfm(connection.execute(touched, {"run_id": run_id, "as_of": as_of}).all())
    if ids:
        write_table(connection, run_id, table)
        _assign(connection, run_id, as_of, table, ids, rfm)
    if ids or gone:
        summarise(connection, run_id)
    return len(ids)


def _assign(
    connection: Connection,
    run_id: UUID,
    as_of: date,
    table: SegmentTable,
    ids: Sequence[str],
    rfm: npt.NDArray[np.float64],
) -> None:
    trained = connection.execute(select(model).where(model.c.run_id == run_id)).mappings().one()
    scorer, clusters = Scorer.of(trained), load_model(connection, run_id).predict(rfm)
    # A cluster that nobody was in at the training, an outlier's, is named by its first members.
    names = scorer.names(rfm, clusters, table)
    if names != scorer.segment_of_cluster:
        kept = {str(number): slug for number, slug in names.items()}
        connection.execute(update(model).where(model.c.run_id == run_id).values(segment_of_cluster=kept))
    rules = table.name_customers(rfm, scorer.medians)
    write_customers(connection, run_id, as_of=as_of, customer_ids=ids, clusters=clusters, names=names, rules=rules)
