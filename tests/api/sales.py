"""Sales whose customers are known: a few of every kind, on four days, with rows that break the contract."""

from pathlib import Path

from tests.conftest import HEADER

DAYS = ("2026-01-10", "2026-02-01", "2026-02-20", "2026-02-27")
STRANGE = ("12/7", "O'Neil", "日本😀", "a b%20c\nd")
QUARANTINED = (
    "BAD001,22411,BAG,-10,1.95,R01,France,2026-02-20",
    "BAD002,22411,BAG,1,free,R01,France,2026-02-20",
    "BAD003,22411,BAG,none,cheap,R01,France,2026-02-20",
    "BAD004,22411,BAG,1,1.95,R01,France,yesterday",
)


def write_sales(folder: Path) -> None:
    """One file a day."""
    for day in DAYS:
        rows = [*_rows(day), *(QUARANTINED if day == "2026-02-20" else ())]
        path = folder / day / f"{day}_transactions.csv"
        path.parent.mkdir()
        path.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")


def _rows(day: str) -> list[str]:
    number = DAYS.index(day)
    regulars = [_row(day, f"R{n:02}", 5, 20 + n) for n in range(12)]
    bigger = [_row(day, f"B{n:02}", 50, 30 + n) for n in range(3)]
    once = [_row(day, f"O{n:02}", 1, 3 + n) for n in range(40) if n % len(DAYS) == number]
    strange = [_row(day, f'"{name}"', 2, 10) for name in STRANGE] if number == 1 else []
    return regulars + bigger + once + strange


def _row(day: str, customer: str, quantity: int, price: int) -> str:
    invoice = f"{DAYS.index(day) + 1}{sum(customer.encode()) % 100_000:05}"
    return f"{invoice},22411,BAG,{quantity},{price}.99,{customer},United Kingdom,{day}"
