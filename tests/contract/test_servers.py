import pytest

from app.contract.model import Server
from tests.contract.declared import contract, problem, text


def servers(*declared: str) -> str:
    return text(tail="servers:\n" + "".join(f"  - {{{one}}}\n" for one in declared))


def test_without_servers_there_is_one_with_every_default() -> None:
    assert contract().servers == (Server("sales"),)


def test_a_server_without_a_location_takes_that_of_the_setting() -> None:
    assert contract(server="type: s3").servers == (Server("till"),)


@pytest.mark.parametrize(
    "declared", ["location: s3://shop/sales", "type: local, path: /sales", "type: local, location: /sales"]
)
def test_a_location_is_a_bucket_or_a_folder(declared: str) -> None:
    assert (contract(server=declared).servers[0].location or "").endswith("/sales")


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (("server: Till",), "servers.Till.server: 'Till' is not a source name; use at most 63 of a-z, 0-9, _ and -"),
        (("type: s3",), "servers.1.server: '' is not a source name"),
        (("server: a, location: /a", "server: a, location: /b"), "servers.a: the server a is declared in line 14 too"),
        (("server: a", "server: b"), "servers.b: neither a nor b has a location, so both would take REGULARS_SOURCE"),
        (("server: a, location: 's3://x/y'", "server: b, location: 's3://x/y/z/'"), "its files also belong to a"),
        (("server: a, type: azure",), "servers.a.type: 'azure' is unknown; use one of s3, local"),
        (("server: a, type: s3, location: /sales",), "is not of the type s3; write s3://bucket/prefix, or type: local"),
        (("server: a, type: local, location: 's3://x'",), "is not of the type local; write the path of a folder"),
        (("server: a, location: 'https://x'",), "write s3://bucket/prefix, or the path of a folder"),
        (("server: a, location: ''",), "the location is empty; write s3://bucket/prefix or a folder, or remove it"),
        (("server: a, location: /a, path: /a",), "location says the same; keep one of them"),
        (("server: a, warehouse: b",), "Regulars reads files, by location only; remove it"),
        (("server: a, endpointUrl: 'http://x'",), "set REGULARS_S3_ENDPOINT_URL and remove it"),
        (("server: a, delimeter: tab",), "servers.a.delimeter: the key is unknown; did you mean delimiter?"),
        (
            ("server: a, decimal: ','",),
            "the key is unknown; write - {property: decimal, value: …} in customProperties of a server",
        ),
    ],
)
def test_a_faulty_server_is_refused_with_a_remedy(declared: tuple[str, ...], expected: str) -> None:
    assert expected in problem(servers(*declared))


def test_folders_whose_names_begin_alike_do_not_overlap() -> None:
    document = text(tail="servers: [{server: a, location: /sales}, {server: b, location: /sales2}]\n")
    assert document
    assert (
        contract(tail="servers: [{server: a, location: /sales}, {server: b, location: /sales2}]\n").servers[1].name
        == "b"
    )
