"""Report of a dry run: outcome of each file under a contract, failures, money, customers, warnings."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Outcome = Literal["loads", "empty", "duplicate", "rejected"]
DryRunVerdict = Literal["good", "warnings", "rejected"]


@dataclass(frozen=True, slots=True)
class FileReport:
    """Outcome of one file.

    Attributes:
        server: source of the contract whose dialect was used.
        error: why it would be rejected, with the remedy; None otherwise.
    """

    server: str
    key: str
    outcome: Outcome
    rows: int
    silver: int
    quarantined: int
    skipped: int
    error: str | None


@dataclass(frozen=True, slots=True)
class Example:
    """A value that fails an expectation, and its place."""

    key: str
    line: int
    value: str | None


@dataclass(frozen=True, slots=True)
class Failure:
    """Rows of one source that fail one expectation.

    Attributes:
        server: source of the contract whose dialect was used.
        sentence: condition of a valid row, in words.
        severity: `error`: the rows are quarantined; `warning`: they are counted.
        money: sum of their totals, where they can be read.
        examples: up to three different values.
        remedy: the contract key to change so that they are accepted, or the values to correct.
    """

    server: str
    expectation: str
    sentence: str
    severity: str
    rows: int
    money: Decimal
    examples: tuple[Example, ...]
    remedy: str


@dataclass(frozen=True, slots=True)
class Money:
    """Sums of the rows' totals, in the currency of the contract.

    Attributes:
        read: of all rows whose total can be read.
        without_customer: in silver, of rows without a customer_id.
        counting: of the sales that count towards a customer; an invoice of several files as `overlap` declares.
        returned: returns and cancellations that are subtracted from customers with sales.
    """

    read: Decimal
    quarantined: Decimal
    silver: Decimal
    without_customer: Decimal
    counting: Decimal
    returned: Decimal


@dataclass(frozen=True, slots=True)
class Customers:
    """Customers that the files would give.

    Attributes:
        number: customers with at least one sale that counts.
        segmented: customers who have spent more than they got back.
        largest_share: share of the customer who spent most of all money spent, 0 to 1.
    """

    number: int
    segmented: int
    largest_id: str | None
    largest_share: float


@dataclass(frozen=True, slots=True)
class DryRunWarning:
    """Probable mistake in data that would be loaded.

    Attributes:
        name: kind of the warning, such as `placeholder`, or the name of a rule.
        message: finding and remedy.
        examples: such as ids of customers, currencies, or a file and its line.
    """

    name: str
    message: str
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DryRun:
    """Report of a dry run over some files.

    Attributes:
        contract, sha256: id and hash of the contract.
        servers: sources of the contract whose files were looked at.
        skipped: numbers of files and members of archives that are left out, by their suffix, without hidden ones.
    """

    contract: str
    sha256: str
    servers: tuple[str, ...]
    files: tuple[FileReport, ...]
    failures: tuple[Failure, ...]
    money: Money
    customers: Customers
    warnings: tuple[DryRunWarning, ...]
    skipped: Mapping[str, int]

    @property
    def rows(self) -> int:
        """Number of rows read of all files that would load."""
        return sum(file.rows for file in self.files if file.outcome != "rejected")

    @property
    def rejected(self) -> int:
        """Number of files that would be rejected."""
        return sum(file.outcome == "rejected" for file in self.files)

    @property
    def verdict(self) -> DryRunVerdict:
        """Whether the files would load: `warnings` also if rows are quarantined."""
        if self.rejected or not self.files:
            return "rejected"
        is_good = not self.warnings and not self.failures
        return "good" if is_good else "warnings"
