"""Contracts that change between two ingests."""

import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.apply_contract import ApplyCounts, apply_contract
from app.source.open import declared_sources, open_sources
from tests import contracts

BRITISH = {"invoice_date": {"logicalTypeOptions": {"format": ["%Y-%m-%d", "%d/%m/%Y"]}}}
FEWER = {"quantity": {"logicalTypeOptions": {"exclusiveMinimum": 0, "maximum": 5}}}
"""Columns with another date format, and with smaller quantities than those of most sales."""


def declaring(context: Context, **changes: Any) -> Context:
    """The context with the contract of the tests, changed."""
    folder = Path(tempfile.mkdtemp(prefix="contract-", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")))
    contract = contracts.written(folder, **{"dateRange": "none", **changes})
    return replace(context, settings=context.settings.model_copy(update={"contract": contract}))


def hash_of(context: Context) -> str:
    """Hash of the context's contract."""
    return declared_sources(context.settings).contract.sha256


def applied(context: Context, run: Run | None = None, files_per_batch: int = 32) -> ApplyCounts:
    """Apply the context's contract to the files of its sources."""
    given = run or Run(uuid4(), "apply_contract")
    return apply_contract(context, open_sources(context.settings), given, files_per_batch=files_per_batch)
