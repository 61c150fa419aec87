"""Usual names of columns in German, French, Spanish, Italian, Portuguese, Polish and Dutch exports.

The names compare without accents, case, spaces and punctuation, so that `N° commande` is also `n commande`.
"""

from collections.abc import Mapping
from typing import Final


def _names(*languages: str) -> tuple[str, ...]:
    """Return the names in texts of one language each, without repetitions."""
    return tuple(dict.fromkeys(name.strip() for text in languages for name in text.split(",")))


FOREIGN_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "invoice_no": _names(
        "Rechnungsnummer, Rechnungs-Nr, Rechnungsnr, Rechnung, Bestellnummer, Bestell-Nr, Bestellnr, Bestellung",
        "Belegnummer, Beleg-Nr, Belegnr, Beleg, Bonnummer, Bon-Nr, Bonnr, Kassenbon, Auftragsnummer, Auftrags-Nr",
        "Auftragsnr, Auftrag, Vorgangsnummer, Transaktionsnummer, Verkaufsnummer, Bestell-ID, Auftrags-ID",
        "Numéro de facture, Numéro facture, N° de facture, N° facture, No facture, Facture, Numéro de commande",
        "Numéro commande, N° de commande, N° commande, No commande, Commande, ID commande, Réf. commande",
        "Référence commande, Numéro de ticket, N° ticket, N° de ticket, Numéro de vente",
        "Número de factura, Nº de factura, Nº factura, N° factura, Núm. factura, Factura, Número de pedido",
        "Nº de pedido, Nº pedido, N° pedido, Núm. pedido, Número pedido, ID pedido, Pedido, Número de ticket",
        "Nº ticket, Número de recibo, Recibo, Albarán, Nº albarán, Número de venta, Número de documento",
        "Numero ordine, Numero d'ordine, N. ordine, N° ordine, Nr. ordine, ID ordine, Ordine, Numero fattura",
        "N. fattura, N° fattura, Nr. fattura, Fattura, Numero documento, N. documento, Numero scontrino, N. scontrino",
        "Scontrino, Numero ricevuta",
        "Número do pedido, Nº do pedido, N° do pedido, N. pedido, Cód. pedido, Código do pedido, ID do pedido",
        "Nota fiscal, Número da nota, Número da nota fiscal, Nº nota, Nº da nota, Número NF, Número da venda",
        "Código da venda, ID da venda, Venda, Cupom, Cupom fiscal, Número do cupom, Número do documento",
        "Numer zamówienia, Nr zamówienia, ID zamówienia, Zamówienie, Numer faktury, Nr faktury, Faktura",
        "Numer paragonu, Nr paragonu, Paragon, Numer dokumentu, Nr dokumentu, Numer transakcji, Nr transakcji",
        "Ordernummer, Ordernr, Bestelnummer, Bestelnr, Bestelling, Factuurnummer, Factuurnr, Factuur, Bonnummer",
        "Bonnr, Kassabon, Transactienummer, Verkoopnummer",
    ),
    "invoice_date": _names(
        "Datum, Rechnungsdatum, Bestelldatum, Belegdatum, Bondatum, Auftragsdatum, Kaufdatum, Verkaufsdatum",
        "Transaktionsdatum, Bestellt am, Datum der Bestellung",
        "Date de commande, Date commande, Date de la commande, Date de facture, Date facture, Date de facturation",
        "Date de vente, Date vente, Date d'achat, Date achat",
        "Fecha, Fecha de factura, Fecha factura, Fecha de pedido, Fecha del pedido, Fecha pedido, Fecha de venta",
        "Fecha venta, Fecha de compra, Fecha de emisión",
        "Data, Data ordine, Data dell'ordine, Data fattura, Data vendita, Data di vendita, Data documento",
        "Data acquisto, Data scontrino",
        "Data do pedido, Data pedido, Data da venda, Data venda, Data da compra, Data de emissão, Data emissão",
        "Data da nota, Emissão",
        "Data sprzedaży, Data zamówienia, Data złożenia zamówienia, Data wystawienia, Data faktury, Data zakupu",
        "Data transakcji, Data paragonu",
        "Besteldatum, Orderdatum, Factuurdatum, Verkoopdatum, Aankoopdatum, Transactiedatum, Besteld op",
    ),
    "customer_id": _names(
        "Kundennummer, Kunden-Nr, Kundennr, Kd-Nr, Kunden-ID, Kundencode, Kunde, Debitorennummer, Debitor",
        "Käufer, Kaeufer, Besteller, Mitgliedsnummer",
        "Numéro client, Numéro de client, N° client, No client, Nº client, Code client, ID client",
        "Identifiant client, Réf. client, Référence client, Acheteur",
        "Número de cliente, Nº de cliente, Nº cliente, N° cliente, Código de cliente, Código cliente, Cód. cliente",
        "ID cliente, ID de cliente, Cliente, Comprador",
        "Codice cliente, Cod. cliente, Numero cliente, N. cliente, ID del cliente, Acquirente",
        "Código do cliente, ID do cliente, Número do cliente, CPF, CPF/CNPJ, CPF do cliente, Cód. do cliente",
        "Numer klienta, Nr klienta, ID klienta, Kod klienta, Klient, Kontrahent, Nabywca, Kupujący",
        "Klantnummer, Klantnr, Klant-ID, Klantcode, Klant, Debiteurnummer, Debiteurnr, Debiteur",
    ),
    "email": _names(
        "E-Mail-Adresse, E-Mail Kunde, Kunden-E-Mail, E-Mail des Kunden, Mailadresse",
        "Adresse e-mail, Adresse email, Adresse mail, Adresse électronique, Courriel, E-mail client, Mail",
        "Correo, Correo electrónico, Email del cliente, Correo del cliente",
        "Indirizzo email, Indirizzo e-mail, Email cliente, Posta elettronica",
        "E-mail do cliente, Endereço de e-mail, Email do comprador",
        "Adres e-mail, Adres email, E-mail klienta, E-mail kupującego",
        "E-mailadres, E-mail klant, Mailadres",
    ),
    "quantity": _names(
        "Menge, Anzahl, Stückzahl, Stueckzahl, Stück, Bestellmenge, Verkaufte Menge, Verkaufsmenge",
        "Quantité, Qté, Quantité commandée, Quantité vendue, Nombre d'articles, Unités",
        "Cantidad, Cant., Unidades, Uds., Cantidad vendida, Cantidad pedida",
        "Quantità, Q.tà, Qta, Pezzi, Quantità venduta, Quantità ordinata",
        "Quantidade, Qtd, Qtde, Quant., Quantidade vendida",
        "Ilość, Liczba sztuk, Ilość sztuk, Sztuk, Sztuki, Liczba",
        "Aantal, Hoeveelheid, Aantal stuks, Stuks, Besteld aantal",
    ),
    "unit_price": _names(
        "Preis, Einzelpreis, Stückpreis, Verkaufspreis, VK-Preis, Preis pro Stück, Preis je Stück, Artikelpreis",
        "Stueckpreis",
        "Einzelpreis netto, Einzelpreis brutto, Einzelpreis (netto), Einzelpreis (brutto), Preis (EUR)",
        "Prix, Prix unitaire, Prix unitaire HT, Prix unitaire TTC, P.U. HT, P.U. TTC, PU HT, PU TTC, Prix de vente",
        "Prix unit.",
        "Precio, Precio unitario, Precio unidad, Precio por unidad, P. unitario, PVP, Precio de venta, Precio unit.",
        "Prezzo, Prezzo unitario, Prezzo di vendita, Prezzo unit., Prezzo al pezzo",
        "Preço, Preço unitário, Valor unitário, Vlr. unitário, Vl. unitário, Preço de venda, Preço unit.",
        "Cena, Cena jednostkowa, Cena jedn., Cena brutto, Cena netto, Cena jednostkowa brutto",
        "Cena jednostkowa netto, Cena za sztukę, Cena sprzedaży",
        "Prijs, Stukprijs, Eenheidsprijs, Prijs per stuk, Verkoopprijs, Prijs per eenheid",
    ),
    "line_total": _names(
        "Betrag, Umsatz, Positionsbetrag, Positionssumme, Positionswert, Zeilensumme, Zeilenbetrag",
        "Montant, Montant ligne, Total ligne, Total de la ligne, Montant de la ligne",
        "Importe, Importe línea, Total línea, Total de línea, Importe de la línea",
        "Importo, Importo riga, Totale riga",
        "Total do item, Valor total do item, Total item, Valor do item",
        "Wartość pozycji, Kwota pozycji",
        "Regeltotaal, Regelbedrag, Omzet",
    ),
    "stock_code": _names(
        "Artikelnummer, Artikel-Nr, Artikelnr, Art.-Nr., Produktnummer, Produkt-ID, Artikelcode, Materialnummer",
        "Référence, Réf., Réf. article, Référence article, Référence produit, Réf. produit, Code article",
        "Code produit, Code barres, Code-barres",
        "Referencia, Ref., Código, Código de producto, Código producto, Código artículo, Código de artículo",
        "Cód. artículo, Código de barras",
        "Codice articolo, Codice prodotto, Cod. articolo, Cod. prodotto, Codice, Codice a barre",
        "Código do produto, Código produto, Cód. produto, Cód. do produto, Código do item, Referência",
        "Kod produktu, Kod towaru, Symbol, Symbol towaru, Indeks, Kod, Kod kreskowy, Numer artykułu",
        "Artikelnr., Productcode, Productnummer, Art.nr., Streepjescode",
    ),
    "description": _names(
        "Bezeichnung, Artikelbezeichnung, Artikelname, Artikel, Produktname, Produkt, Produktbezeichnung",
        "Artikelbeschreibung, Beschreibung",
        "Désignation, Libellé, Produit, Nom du produit, Libellé produit, Désignation article",
        "Descripción, Producto, Artículo, Nombre del producto, Nombre de producto, Concepto",
        "Descrizione, Prodotto, Articolo, Nome prodotto, Descrizione articolo",
        "Descrição, Produto, Nome do produto, Descrição do produto, Descrição do item",
        "Nazwa, Towar, Nazwa produktu, Nazwa towaru, Opis",
        "Omschrijving, Productnaam, Artikelnaam, Artikelomschrijving, Productomschrijving, Beschrijving",
    ),
    "country": _names(
        "Land, Lieferland, Rechnungsland, Ländercode, Pays, Pays de livraison, Code pays, País, País de envío",
        "Paese, Nazione, Paese di spedizione, País de entrega, Kraj, Kraj dostawy, Landcode, Leveringsland",
    ),
    "currency": _names(
        "Währung, Waehrung, Devise, Monnaie, Moneda, Divisa, Valuta, Moeda, Waluta, Munt, Währungscode, Code devise",
    ),
    "status": _names(
        "Bestellstatus, Auftragsstatus, Zahlungsstatus, Rechnungsstatus, Statut, Statut de commande",
        "Statut de la commande, Statut commande, Estado del pedido, Estado de pedido, Estado pedido",
        "Stato ordine, Stato dell'ordine, Stato pagamento, Situação, Situação do pedido, Status do pedido",
        "Status do pagamento, Status zamówienia, Stan zamówienia, Status płatności, Orderstatus, Bestelstatus",
        "Betaalstatus",
    ),
}
"""Names by the column; a name of several columns belongs to the first one that has it."""
FOREIGN_AMOUNTS: Final = _names(
    "Gesamt, Summe, Gesamtpreis, Gesamtbetrag, Gesamtsumme, Endbetrag, Bruttobetrag, Nettobetrag, Gesamt netto",
    "Gesamt brutto, Total TTC, Total HT, Montant TTC, Montant HT, Montant total, Prix total",
    "Importe total, Total factura, Total pedido, Precio total, Totale, Totale ordine, Importo totale, Prezzo totale",
    "Valor total, Preço total, Total do pedido, Valor do pedido, Valor, Vlr. total, Vl. total",
    "Wartość, Wartość brutto, Wartość netto, Kwota, Kwota brutto, Razem, Suma, Do zapłaty",
    "Totaal, Totaalbedrag, Totaalprijs, Bedrag, Totaal incl. btw, Totaal excl. btw, Subtotaal",
)
"""Names of columns that have the money of a row, or of an order."""
