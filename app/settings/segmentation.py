"""Settings of segments, freshness and the quality gate."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import BaseSettings

from app.settings.readers import BY_SERVE, BY_SERVE_AND_WORKER, BY_WORKER

CURRENCY: Final = re.compile("[A-Z]{3}")


def check_currency(text: str) -> str:
    """Return an ISO 4217 code; raises ValueError."""
    if not CURRENCY.fullmatch(text):
        raise ValueError(f"{text!r} is not a currency code; write three capital letters, e.g. EUR")
    return text


def read_day(value: date | str) -> date:
    """Parse a date, YYYY-MM-DD; raises ValueError."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{value!r} is not a date; write YYYY-MM-DD") from None


class SegmentationSettings(BaseSettings):
    """Segments, freshness and the quality gate."""

    as_of: Annotated[date, BeforeValidator(read_day)] | None = Field(
        None,
        description="The day that counts as today, for replays and demonstrations; the UTC date when unset.",
        json_schema_extra=BY_SERVE_AND_WORKER,
    )
    currency: Annotated[str, AfterValidator(check_currency)] | None = Field(
        None,
        description="ISO 4217 code of the amounts, if the contract declares none, or is a built-in one; nothing is "
        "converted. Without a code, responses have null, and exports, tables and explanations show none.",
        json_schema_extra=BY_SERVE_AND_WORKER,
    )
    random_state: int = Field(42, ge=0, le=2**32 - 1, description="Seed of K-means.", json_schema_extra=BY_WORKER)
    model_policy: Literal["stable", "latest"] = Field(
        "stable",
        description="Policy of training runs. stable: customers are scored by the published model until a new one is "
        "clearly better; latest: every training run is published. See [Policies](model.md#policies).",
        json_schema_extra=BY_WORKER,
    )
    hold_publications: bool = Field(
        True,
        description="Under the policy `stable`, a training run that would move more than 30 % of the customers, or "
        "agrees little with the published model, waits for a person: `regulars models promote` or `discard`.",
        json_schema_extra=BY_WORKER,
    )
    window_days: int | None = Field(
        None,
        ge=1,
        le=36_500,
        description="Look-back window: recency, frequency and monetary value are those of the sales of so many days, "
        "from the next training run on; by default of all sales. See [Look-back window](model.md#look-back-window).",
        json_schema_extra=BY_WORKER,
    )
    least_customers: int = Field(
        30,
        ge=1,
        description="Fewest customers of a training run; with fewer, the reason is shown instead of segments.",
        json_schema_extra=BY_WORKER,
    )
    least_spread: float = Field(
        1e-8,
        ge=0,
        le=1,
        description="Least standard deviation of recency, frequency and monetary value among the customers who are no "
        "outliers, as a share of the mean; below it, the reason is shown instead of segments.",
        json_schema_extra=BY_WORKER,
    )
    forecast_days: int = Field(
        90,
        ge=1,
        le=730,
        description="Days ahead for which the purchases and the spend of customers are forecast; a change takes effect "
        "with the next rescore. See [CLV](model.md#clv).",
        json_schema_extra=BY_WORKER,
    )
    stale_after_days: int = Field(
        3,
        ge=1,
        description="Sales or segments older than this many days make responses `stale`.",
        json_schema_extra=BY_SERVE,
    )
    warn_quarantined_share: float = Field(
        0.1,
        ge=0,
        le=1,
        description="Responses are `warn` if, of the newest seven files of a source, more than this share of the rows "
        "is quarantined, or of the money is quarantined or not counted; or if, of all files, more than this share of "
        "the rows, or of the estimated money, is quarantined without a readable total.",
        json_schema_extra=BY_WORKER,
    )
    gate_quarantined_share: float = Field(
        0.25,
        ge=0,
        le=1,
        description="Training runs are not published if, of the newest seven files of a source, more than this share "
        "of the rows is quarantined. Responses are `warn` if, of all files, more than this share of the money is "
        "quarantined or not counted.",
        json_schema_extra=BY_WORKER,
    )

    @property
    def today(self) -> date:
        """The day that counts as today: `as_of` if it is set, else the UTC date."""
        return self.as_of or datetime.now(UTC).date()
