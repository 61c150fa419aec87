"""Datasets of OpenLineage events: names, and schemas from the tables of the program."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from openlineage.client.event_v2 import InputDataset, OutputDataset
from openlineage.client.facet_v2 import DatasetFacet, InputDatasetFacet, OutputDatasetFacet, schema_dataset
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import URL

from app.bronze.tables import sales_row as bronze
from app.gold.tables import customer_rfm
from app.segments.registry_tables import model
from app.segments.tables import customer_segment
from app.silver.tables import quarantine
from app.silver.tables import sales_row as silver

POSTGRES_PORT: Final = 5432
DIALECT: Final = postgresql.dialect()  # type: ignore[no-untyped-call]
__all__ = ["Database", "bronze", "customer_rfm", "customer_segment", "input_object", "model", "quarantine", "silver"]


@dataclass(frozen=True, slots=True)
class Database:
    """Namespace and name of the database, by the naming convention of OpenLineage.

    Attributes:
        namespace: `postgres://host:port`; the host of a local socket is localhost.
        name: name of the database.
    """

    namespace: str
    name: str

    @classmethod
    def of(cls, url: URL) -> Self:
        """Return the database of a URL, without its user and password."""
        host = url.host or str(url.query.get("host", ""))
        shown = "localhost" if not host or host.startswith("/") else host
        return cls(f"postgres://{shown}:{url.port or POSTGRES_PORT}", url.database or "postgres")

    def input(
        self, table: Table, facets: dict[str, DatasetFacet] | None = None, **input_facets: InputDatasetFacet
    ) -> InputDataset:
        """Return a table as an input, with its schema."""
        return InputDataset(
            self.namespace, self._name(table), facets=self._facets(table, facets), inputFacets=input_facets
        )

    def output(
        self, table: Table, facets: dict[str, DatasetFacet] | None = None, **output_facets: OutputDatasetFacet
    ) -> OutputDataset:
        """Return a table as an output, with its schema."""
        return OutputDataset(
            self.namespace, self._name(table), facets=self._facets(table, facets), outputFacets=output_facets
        )

    def inputs(self, tables: Sequence[Table]) -> list[InputDataset]:
        """Return tables as inputs, with their schemas."""
        return [self.input(table) for table in tables]

    def outputs(self, tables: Sequence[Table]) -> list[OutputDataset]:
        """Return tables as outputs, with their schemas."""
        return [self.output(table) for table in tables]

    def _name(self, table: Table) -> str:
        return f"{self.name}.{table.fullname}"

    @staticmethod
    def _facets(table: Table, facets: dict[str, DatasetFacet] | None) -> dict[str, DatasetFacet]:
        fields = [
            schema_dataset.SchemaDatasetFacetFields(
                name=column.name, type=column.type.compile(DIALECT), ordinal_position=number
            )
            for number, column in enumerate(table.columns, 1)
        ]
        return {"schema": schema_dataset.SchemaDatasetFacet(fields=fields), **(facets or {})}


def name_of_address(address: str) -> tuple[str, str]:
    """Return namespace and name of a file or object: s3://bucket and its key, or `file` and its path."""
    scheme, mark, rest = address.partition("://")
    if not mark:
        return "file", address
    bucket, _, key = rest.partition("/")
    return f"{scheme}://{bucket}", key


def input_object(
    address: str, facets: dict[str, DatasetFacet], input_facets: dict[str, InputDatasetFacet]
) -> InputDataset:
    """Return a file or object as an input."""
    namespace, name = name_of_address(address)
    return InputDataset(namespace, name, facets=facets, inputFacets=input_facets)
