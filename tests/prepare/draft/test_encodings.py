"""Encodings of texts that are not UTF-8."""

from pathlib import Path

import pytest

from app.prepare.draft.draft import draft_contract
from app.prepare.draft.encodings import ALPHABETS, readings

NAMES = {
    "cp932": ["山田太郎", "すずき", "コーヒー"],
    "gb18030": ["王小明", "李华", "咖啡"],
    "big5": ["王小明", "陳大文", "咖啡"],
    "euc_kr": ["김철수", "이영희", "커피"],
    "windows-1251": ["Иванов", "Кофе", "Чай"],
    "windows-1250": ["Łukasz", "Kőszegi", "Čapek"],
    "cp850": ["Müller", "Café", "Ångström"],
    "mac-roman": ["Müller", "Café", "Señor"],
    "windows-1252": ["Müller", "Café,", "Señor"],
}


def lines(words: list[str]) -> str:
    return "".join(f"1001,2026-03-25,{word},2,5.50\n" for word in words)


@pytest.mark.parametrize(("encoding", "words"), NAMES.items())
def test_the_right_encoding_is_a_reading_with_the_right_words(encoding: str, words: list[str]) -> None:
    found = {reading.encoding: reading.words for reading in readings(lines(words).encode(encoding))}
    assert found.get(encoding) == ", ".join(word.rstrip(",") for word in words)


@pytest.mark.parametrize(
    ("encoding", "first"),
    [("cp932", "cp932"), ("windows-1252", "windows-1252"), ("windows-1251", "windows-1252"), ("cp850", "cp850")],
)
def test_windows_1252_is_the_first_where_it_is_possible_unless_there_are_syllables(encoding: str, first: str) -> None:
    assert readings(lines(NAMES[encoding]).encode(encoding))[0].encoding == first


CENTRAL = {
    "Polish": ["Żółty ser", "Łódź", "ulica Źródlana", "1\u00a0940,85 zł", "sprzedaży"],
    "Polish units": ["12,50 zł", "13,00 zł", "Müller"],
    "Czech": ["Dvořák", "Jiří Novák", "Město", "Kůň", "Čapek", "Růžičková"],
    "Hungarian": ["Kőszegi", "Erdős Pál", "Zsófia", "Gyűrű", "Főző"],
    "Romanian": ["Bucureşti", "Timişoara", "Braşov", "Müller"],
    "Slovak": ["Ľubomír", "Veľký Krtíš", "Peťo", "Ďurica"],
}
WESTERNS = {
    "German": ["Müller", "Größe", "Straße", "5m³", "Kies 3 m³", "²"],
    "French": ["Crème brûlée", "Où", "Noël", "façade", "Œuvre", "n° 5"],
    "Spanish": ["¿Qué?", "¡Hola!", "Nº 5", "Señor", "1ª", "Muñoz"],
    "Portuguese": ["Opções", "maçã", "põe", "São João", "coração"],
    "Italian": ["Città", "perché", "così", "più", "Forlì"],
    "Danish": ["Sørensen", "Ærø", "smørrebrød", "Ålborg", "Jørgen"],
    "British": ["£5.00", "Café £3", "Brontë", "½ pint"],
    "Estonian": ["Põder", "Jõgi", "Mägi", "Võru", "Tõnu"],
    "Catalan": ["Històric", "això", "Núria", "França"],
    "Swedish": ["Jönköping", "Ängelholm", "Åsa"],
    "Icelandic": ["Þórður", "Sigurðsson", "Jón", "Ásdís"],
}


@pytest.mark.parametrize("language", CENTRAL)
def test_windows_1250_is_the_first_for_central_european_words(language: str) -> None:
    first, *_ = readings(lines(CENTRAL[language]).encode("windows-1250"))
    assert first.encoding == "windows-1250"


@pytest.mark.parametrize("language", WESTERNS)
def test_windows_1252_stays_the_first_for_western_words(language: str) -> None:
    first, *_ = readings(lines(WESTERNS[language]).encode("windows-1252"))
    assert first.encoding == "windows-1252"


def test_western_words_are_not_read_in_another_alphabet() -> None:
    words = ["Müller", "José", "Crème brûlée", "Straße", "Ängelholm", "Smörgås"]
    first, *others = (reading.encoding for reading in readings(lines(words).encode("windows-1252")))
    assert (first, {*others} & {*ALPHABETS}) == ("windows-1252", set())


def test_bytes_without_a_plausible_reading_are_iso_8859_1() -> None:
    assert [each.encoding for each in readings(b"a\x81\xb3,b\xb3\n")] == ["iso-8859-1"]


HEADER = "Invoice,Date,Customer ID,Quantity,Price\n"


@pytest.mark.parametrize(
    ("encoding", "declared", "words"),
    [
        ("cp932", "cp932", "山田太郎, すずき, コーヒー in cp932, but "),
        (
            "windows-1251",
            "windows-1252",
            "Èâàíîâ, Êîôå, \u00d7àé in windows-1252, but Иванов, Кофе, Чай in windows-1251",
        ),
        ("utf-8", "utf-8", None),
        ("utf-8-sig", "utf-8", None),
        ("utf-16", "utf-16", None),
    ],
)
def test_a_guess_is_a_check_with_the_words_in_each_encoding(
    tmp_path: Path, encoding: str, declared: str, words: str | None
) -> None:
    text = HEADER + lines(NAMES.get(encoding, ["Müller"]))
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    drafted = draft_contract([tmp_path])
    guesses = [line for line in drafted.splitlines() if "CHECK: the encoding of a.csv is a guess" in line]
    assert f'encoding: "{declared}"' in drafted or f"encoding: {declared}" in drafted
    assert (len(guesses), words is None or words in guesses[0]) == (words is not None, True)
