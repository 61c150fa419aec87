"""Date formats of a contract."""

from app.contract.dates_ambiguity import check_unambiguous
from app.contract.dates_format import DateFormat

__all__ = ["DateFormat", "check_unambiguous"]
