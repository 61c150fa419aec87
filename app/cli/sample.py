"""Report of `regulars doctor` about the first rows of the newest files."""

from collections.abc import Iterator

from app.pipeline.dry_run.newest_files import MAX_ROWS
from app.pipeline.dry_run.report import DryRun
from app.plurals import counted
from app.source.selection import describe_skipped


def describe_sample(found: DryRun) -> str:
    """Return the outcome of the rows, the reasons of rejected files and failed rows, the remedies, and the warnings."""
    return "; ".join(_parts(found))


def _parts(found: DryRun) -> Iterator[str]:
    if not found.files:
        yield "no file to validate yet"
    else:
        loading = [file for file in found.files if file.outcome != "rejected"]
        numbers = [sum(getattr(file, name) for file in loading) for name in ("silver", "quarantined", "skipped")]
        sums = "{:,} would pass + {:,} be quarantined + {:,} be skipped".format(*numbers)
        yield f"of the first {MAX_ROWS:,} rows of the newest {counted(len(found.files), 'file')}, {sums}"
    for file in found.files:
        if file.outcome == "rejected":
            yield f"{file.server}/{file.key} would be rejected: {file.error}"
    for failure in found.failures:
        yield f"{failure.expectation} fails for {counted(failure.rows, 'row')}: {failure.remedy}"
    for warning in found.warnings:
        examples = f" (such as {', '.join(warning.examples)})" if warning.examples else ""
        yield f"{warning.name}: {warning.message}{examples}"
    if found.skipped:
        yield f"not read because of their suffix: {describe_skipped(found.skipped.items())}"
