"""Data contract by which sales are validated."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app.api.core.dependencies import ReaderDependency
from app.api.core.openapi import problems
from app.api.core.schemas import Currency, example
from app.api.core.scopes import requires_scope
from app.contract.declared import MonetaryBasis, monetary_basis
from app.contract.describe import describe
from app.contract.model import ColumnType, Overlap, Severity

router = APIRouter(prefix="/v1", tags=["quality"], responses=problems())


class ContractSource(BaseModel):
    """One source of sales files."""

    name: str
    reading: Annotated[
        str, Field(description="Location, and the keys of the dialect of its files that differ from the default.")
    ]


class ContractColumn(BaseModel):
    """One column of the sales files."""

    name: str
    type: ColumnType
    header_names: Annotated[list[str], Field(description="Names of the column in the headers of files.")]
    is_required: bool
    reading: Annotated[
        str, Field(description="How values are converted: date formats, trimming, letter case, placeholders.")
    ]
    description: str


class ContractExpectation(BaseModel):
    """One expectation of every row."""

    model_config = ConfigDict(from_attributes=True)

    name: Annotated[str, Field(description="Name in the reasons of quarantined rows.")]
    column: str | None
    sentence: Annotated[str, Field(description="Condition of a valid row, in words.")]
    severity: Annotated[
        Severity, Field(description="`error` quarantines the row, `warning` counts it, `critical` rejects the file.")
    ]


class DataContract(BaseModel):
    """A data contract: how files are read, which rows are valid, which of them count."""

    model_config = example(
        {
            "id": "online-retail",
            "name": "Online Retail",
            "version": "1.0.0",
            "sha256": "6c0e3f6d1f4f1a2b0f2f5a9d6a7a3b8f2d4c1e0f9b8a7c6d5e4f3a2b1c0d9e8f",
            "monetary_basis": "gross",
            "overlap": "warn",
            "currency": "GBP",
            "sources": [{"name": "sales", "reading": "s3://sales/retail"}],
            "columns": [
                {
                    "name": "invoice_date",
                    "type": "date",
                    "header_names": ["InvoiceDate"],
                    "is_required": True,
                    "reading": "as %Y-%m-%d",
                    "description": "Day of the sale.",
                }
            ],
            "expectations": [
                {
                    "name": "valid_quantity",
                    "column": "quantity",
                    "sentence": "quantity is a whole number, greater than 0.",
                    "severity": "error",
                }
            ],
            "rules": {"returns": "exclude", "overlap": "warn"},
            "document": "apiVersion: v3.2.0\nkind: DataContract\nid: online-retail\n",
        }
    )

    id: str
    name: str
    version: str
    sha256: Annotated[
        str, Field(description="Hash of all keys that affect the reading, validation and counting of rows.")
    ]
    monetary_basis: MonetaryBasis
    overlap: Overlap
    currency: Currency
    sources: list[ContractSource]
    columns: list[ContractColumn]
    expectations: list[ContractExpectation]
    rules: Annotated[dict[str, str], Field(description="Business rules, by the contract's key.")]
    document: Annotated[str, Field(description="The contract as a file of the Open Data Contract Standard, in YAML.")]


@router.get("/contract", summary="Get the data contract")
@requires_scope("quality:read")
async def get_contract(reader: ReaderDependency) -> DataContract:
    """Get the contract that the server was started with: columns, expectations, business rules, and the document."""
    contract, settings = reader.contract, reader.settings
    described = describe(contract, settings.source_name, settings.source)
    columns = {column.name: column for column in contract.columns}
    return DataContract(
        id=contract.id,
        name=contract.name,
        version=contract.version,
        sha256=contract.sha256,
        monetary_basis=monetary_basis(settings.contract),
        overlap=contract.overlap,
        currency=settings.currency,
        sources=[ContractSource(name=name, reading=reading) for name, reading in described.sources],
        columns=[
            ContractColumn(
                name=row.name,
                type=columns[row.name].type,
                header_names=list(columns[row.name].header_names),
                is_required=row.is_required,
                reading=row.reading,
                description=row.description,
            )
            for row in described.columns
        ],
        expectations=[ContractExpectation.model_validate(each) for each in described.expectations],
        rules=dict(described.rules),
        document=contract.text,
    )
