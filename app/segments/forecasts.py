"""Forecasts of customers for the next days: fitted in a training, written for customers whenever they are assigned."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import Any, Final, Self
from uuid import UUID

import numpy as np
from sqlalchemy import Connection, delete, select, update

from app.db.arrays import number_array
from app.db.sql import named
from app.segments.model.clv.histories import Histories
from app.segments.model.clv.value import Forecast, ValueModel, too_little_data
from app.segments.model.features import FREQUENCY
from app.segments.registry_tables import model
from app.segments.rfm import CustomerBatch, TrainingFeatures, id_parameters
from app.segments.scheme_columns import scheme_statement
from app.segments.tables import customer_forecast

FIT_CUSTOMERS: Final = 100_000
"""Customers above which the parameters are fitted to a sample."""
MAX_WAIT_DAYS: Final = 3_650
"""Longest wait for a next order of which the day is given."""
NO_WAIT: Final = -1
"""Wait of a customer without a next order."""
DIGITS: Final = 4
"""Decimals of expected purchases and probabilities."""
NOT_FITTED: Final = "The model was trained by an earlier version; the next training run fits a forecast."
WINDOWED: Final = (
    "A forecast needs the whole history of a customer, of which a look-back window (REGULARS_WINDOW_DAYS) leaves out "
    "a part."
)
NOT_FINITE: Final = "The sales of these customers fit no forecast: its parameters are infinite."
NOT_WRITTEN: Final = "The next daily rescore makes the first forecasts."


def fit_forecast(features: TrainingFeatures, random_state: int, window_days: int | None = None) -> dict[str, Any]:
    """Return the parameters of a forecast as segments.model stores them, or the reason why there are none.

    With a look-back window there is no forecast: a returning customer would be taken for a new one.
    """
    if window_days is not None:
        return {"reason": WINDOWED}
    histories = Histories.from_rfm(features.rfm, features.tenure)
    if reason := too_little_data(histories):
        return {"reason": reason}
    sample = histories.sample(FIT_CUSTOMERS, random_state)
    # The sample of a shop in which few customers order again may have too few of them.
    fitted = ValueModel.fit(sample if too_little_data(sample) is None else histories).to_json()
    if not all(isfinite(value) for part in fitted.values() for value in part.values()):
        return {"reason": NOT_FINITE}
    return fitted


def is_fitted(forecast: Mapping[str, Any] | None) -> bool:
    """Return whether a stored forecast has parameters."""
    return forecast is not None and "purchases" in forecast


def days_and_reason(forecast: Mapping[str, Any] | None) -> tuple[int | None, str | None]:
    """Return the days ahead of the forecasts of customers, or the reason why there are none."""
    if forecast is None:
        return None, NOT_FITTED
    if not is_fitted(forecast):
        return None, forecast["reason"]
    return forecast.get("days"), None if "days" in forecast else NOT_WRITTEN


def adopt_forecast(connection: Connection, run_id: UUID, forecast: Mapping[str, Any]) -> None:
    """Give the model of a run the parameters of a later training, if it has none and the training has some."""
    stored = connection.execute(select(model.c.forecast).where(model.c.run_id == run_id)).scalar_one()
    if is_fitted(forecast) and not is_fitted(stored):
        connection.execute(update(model).where(model.c.run_id == run_id).values(forecast=forecast))


@dataclass(frozen=True, slots=True)
class ForecastWriter:
    """Writer of the forecasts of customers.

    Attributes:
        connection: a transaction that holds the lock of gold.
        model: fitted models; None if nothing is written.
        as_of: day for which recency is computed.
        days: days ahead.
    """

    connection: Connection
    model: ValueModel | None
    as_of: date
    days: int

    @classmethod
    def of_all(cls, connection: Connection, run_id: UUID, as_of: date, days: int) -> Self:
        """Return a writer for all customers of a run; forecasts are deleted if its model has none."""
        stored = _stored(connection, run_id)
        if not is_fitted(stored):
            connection.execute(delete(customer_forecast))
            return cls(connection, None, as_of, days)
        if stored.get("days") != days:
            changed = update(model).where(model.c.run_id == run_id).values(forecast={**stored, "days": days})
            connection.execute(changed)
        return cls(connection, ValueModel.from_json(stored), as_of, days)

    @classmethod
    def of_some(cls, connection: Connection, run_id: UUID, as_of: date) -> Self:
        """Return a writer for some customers of a run: it writes nothing before all have a forecast."""
        stored = _stored(connection, run_id)
        if not is_fitted(stored) or "days" not in stored:
            return cls(connection, None, as_of, 0)
        return cls(connection, ValueModel.from_json(stored), as_of, stored["days"])

    def forecast(self, batch: CustomerBatch) -> Forecast | None:
        """Return the forecasts of a batch of customers, None if the model has none."""
        if self.model is None:
            return None
        return self.model.forecast(Histories.from_rfm(batch.rfm, batch.tenure), self.days)

    def values(self, batch: CustomerBatch, found: Forecast | None) -> dict[str, Any] | None:
        """Return the forecasts of a batch of customers as `write` writes them; None if there are none."""
        if found is None or self.model is None:
            return None
        # BG/NBD lets nobody drop out before the second order: 1 for one order says nothing about the customer.
        is_shown = self.model.purchases.is_alive_shown & (batch.rfm[:, FREQUENCY] > 1)
        waits = np.ceil(np.minimum(found.next_order, MAX_WAIT_DAYS + 1))
        return {
            "as_of": self.as_of,
            **id_parameters(batch.customer_ids),
            "expected_purchases": number_array(found.purchases.round(DIGITS)),
            "clv": number_array(found.spend.round(2)),
            "p_buys": number_array(found.p_buys.round(DIGITS)),
            "p_alive": number_array(np.where(is_shown, found.p_alive.round(DIGITS), np.nan)),
            "waits": number_array(np.where(waits > MAX_WAIT_DAYS, NO_WAIT, waits).astype(np.int64)),
        }

    def write(self, values: Mapping[str, Any]) -> None:
        """Write the forecasts of a batch of customers."""
        self.connection.execute(named(__package__, "write_forecasts"), values)


def summarise_forecasts(connection: Connection, run_id: UUID) -> None:
    """Recompute the expected spend of the segments of the current run."""
    connection.execute(scheme_statement(__package__, "summarise_forecasts"), {"run_id": run_id})


def delete_forecast(connection: Connection, customer_id: str) -> int:
    """Delete the forecast of a customer who has segments, and subtract it from the sums; return the deleted rows."""
    deleted: int = connection.execute(
        scheme_statement(__package__, "delete_forecast"), {"customer_id": customer_id}
    ).scalar_one()
    return deleted


def _stored(connection: Connection, run_id: UUID) -> dict[str, Any]:
    found = connection.execute(select(model.c.forecast).where(model.c.run_id == run_id)).scalar_one()
    return found or {}
