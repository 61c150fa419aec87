"""Columns of German, French, Spanish, Italian, Portuguese, Polish and Dutch exports."""

import pytest

from app.contract.draft.foreign_names import FOREIGN_AMOUNTS, FOREIGN_NAMES
from app.contract.draft.names import best_match, is_amount, loose_key
from app.contract.header_names import header_key
from app.contract.model import KNOWN_COLUMNS
from tests.contract.draft.samples import checks, drafted, sampled

HEADERS = {
    "German": "Belegnummer;Belegdatum;Kundennummer;Menge;Einzelpreis;Artikelnummer;Artikel;Land;Währung",
    "French": "N° commande;Date de commande;Code client;Qté;Prix unitaire HT;Réf. article;Désignation;Pays;Devise",
    "Spanish": "Nº factura;Fecha factura;Código cliente;Cantidad;Precio unitario;Referencia;Descripción;País;Moneda",
    "Italian": "Numero ordine;Data ordine;Codice cliente;Quantità;Prezzo unitario;Codice articolo;Descrizione;"
    "Paese;Valuta",
    "Portuguese": "Número do pedido;Data da venda;CPF;Qtde;Preço unitário;Código do produto;Produto;País;Moeda",
    "Polish": "Numer zamówienia;Data sprzedaży;Nabywca;Ilość;Cena brutto;Kod produktu;Nazwa towaru;Kraj;Waluta",
    "Dutch": "Factuurnummer;Factuurdatum;Klantnummer;Aantal;Stukprijs;Artikelcode;Omschrijving;Land;Valuta",
}
EXPECTED = [
    *("invoice_no", "invoice_date", "customer_id", "quantity", "unit_price"),
    *("stock_code", "description", "country", "currency"),
]
ROW = "R1;31.01.2026;K1;2;5,50;A1;Tee;DE;EUR"


@pytest.mark.parametrize("language", HEADERS)
def test_the_usual_names_of_a_language_are_known(language: str) -> None:
    file = sampled(ROW, header=HEADERS[language], delimiter=";")
    found = drafted(file)
    assert [(column.name, column.header_names[0]) for column in found.columns] == [
        *zip(EXPECTED, HEADERS[language].split(";"), strict=True)
    ]
    assert checks(file) == []


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("NUMERO DO PEDIDO", "invoice_no"),
        ("Numer zamowienia", "invoice_no"),
        ("Data sprzedazy", "invoice_date"),
        ("Ilosc", "quantity"),
        ("Zahlungsstatus", "status"),
        ("Situação do pedido", "status"),
        ("Adresse e-mail", "email"),
        ("Totale riga", "line_total"),
        ("Wartość brutto", "line_total"),
    ],
)
def test_a_name_is_known_without_accents_and_case(name: str, column: str) -> None:
    assert best_match({header_key(name): name}).name_of(column) == name


def test_names_belong_to_known_columns_and_to_one_of_them() -> None:
    assert {*FOREIGN_NAMES} <= {*KNOWN_COLUMNS, "email"}
    listed = [loose_key(name) for names in (*FOREIGN_NAMES.values(), FOREIGN_AMOUNTS) for name in {*names}]
    owners = {column: {loose_key(name) for name in names} for column, names in FOREIGN_NAMES.items()}
    repeated = {key for key in listed if sum(key in keys for keys in owners.values()) > 1}
    assert (repeated, all(map(is_amount, FOREIGN_AMOUNTS))) == (set(), True)
