"""Samples of files from a few rows."""

from app.contract.draft.draft import draft
from app.contract.draft.sample import Sample, SampledFile
from app.contract.model import Contract
from app.contract.open import parse_contract

HEADER = "Invoice,Date,Customer ID,Quantity,Price"


def sampled(
    *rows: str, header: str = HEADER, key: str = "sales.csv", delimiter: str = ",", encoding: str = "ascii"
) -> SampledFile:
    """One file, with its rows as lines."""
    return SampledFile(
        key=key,
        format="csv",
        encoding=encoding,
        delimiter=delimiter,
        quote='"',
        header_line=1,
        is_header_first=True,
        has_sep_line=False,
        names=tuple(header.split(delimiter)),
        rows=[row.split(delimiter) for row in rows],
        uneven=0,
        is_whole=True,
    )


def document(*files: SampledFile) -> str:
    """The drafted document."""
    return draft(Sample(files)).render()


def drafted(*files: SampledFile) -> Contract:
    """The drafted contract, which is valid."""
    return parse_contract(document(*files).encode(), "shop.yaml")


def checks(*files: SampledFile) -> list[str]:
    """The lines that a person has to decide."""
    lines = (line.strip() for line in document(*files).splitlines())
    return [line.removeprefix("# CHECK: ") for line in lines if line.startswith("# CHECK: ")]
