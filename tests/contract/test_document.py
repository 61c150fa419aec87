from app.contract.document import MAX_BYTES, MAX_VALUES, read_document
from app.contract.problems import Problems
from tests.contract.declared import contract, problem, problems, text


def read(document: str) -> object:
    return read_document(document.encode(), Problems("f")).plain()


def test_words_and_numbers_are_those_of_yaml_1_2() -> None:
    assert read("a: no\nb: 18:00\nc: 2026-03-01\nd: true\ne: 1\nf: 1.5\ng: ~") == {
        "a": "no",
        "b": "18:00",
        "c": "2026-03-01",
        "d": True,
        "e": 1,
        "f": 1.5,
        "g": None,
    }


def test_an_entry_knows_its_line_key_and_text() -> None:
    entry = read_document(b"a:\n  b:\n    - 0012", Problems("f")).fields["a"].fields["b"].items[0]
    assert (entry.line, entry.key, entry.text) == (3, "a.b.1", "0012")


def test_items_are_called_by_their_names_in_keys() -> None:
    root = read_document(b"schema: [{name: sales, quality: [{name: rule, type: text}]}]", Problems("f"))
    rule = root.fields["schema"].items[0].fields["quality"].items[0]
    assert rule.fields["type"].key == "schema.sales.quality.rule.type"


def test_a_byte_order_mark_is_no_part_of_the_document() -> None:
    assert read("\ufeffa: 1") == {"a": 1}


def test_aliases_are_expanded() -> None:
    assert read("a: &x [1]\nb: *x") == {"a": [1], "b": [1]}


def test_malformed_yaml_is_refused_with_its_line() -> None:
    assert problem("a: 1\nb: [1\nc: 2").startswith("3: document: this is not YAML: ")


def test_an_empty_document_is_refused_with_a_way_to_start() -> None:
    assert problem("") == "1: document: the file holds no keys; start from `regulars contract init`"


def test_a_list_is_no_contract() -> None:
    assert problem("- 1").startswith("1: document: the file holds no keys")


def test_two_documents_are_refused() -> None:
    assert problem("a: 1\n---\nb: 1").startswith("2: document: a second document begins here; ")


def test_a_repeated_key_is_refused_in_its_second_line() -> None:
    assert "5: id: the key is repeated; keep one of them" in problems(
        text(head="kind: DataContract\napiVersion: v3.2.0\nid: a\nversion: '1'\nid: b\n")
    )


def test_other_encodings_are_refused_with_the_line() -> None:
    assert problem("a: 1\nb: é".encode("latin-1")) == "2: document: the line is not UTF-8; save the file as UTF-8"


def test_a_huge_document_is_refused() -> None:
    assert "larger than 256 KB" in problem("#" * (MAX_BYTES + 1))


def test_anchors_that_explode_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert "write them out without anchors" in problem("\n".join(lines))


def test_an_anchor_that_contains_itself_is_refused() -> None:
    assert "write them out without anchors" in problem("a: &a [*a]")


def test_deep_nesting_is_refused() -> None:
    assert "nested too deeply" in problem("a: " + "[" * 5_000 + "]" * 5_000)


def test_more_values_than_a_contract_has_are_refused() -> None:
    assert "too many values" in problem("a: [" + "1, " * MAX_VALUES + "1]")


def test_tags_of_python_are_refused() -> None:
    assert any(
        "the tag !!python/name:os.system is not allowed" in found for found in problems("a: !!python/name:os.system x")
    )


def test_own_tags_are_refused() -> None:
    assert any("the tag !secret is not allowed" in found for found in problems("a: !secret x"))


def test_control_characters_are_refused_with_the_line() -> None:
    assert problem("a: 1\nb: \x07") == "2: document: the line holds a control character; remove it"


def test_the_text_of_a_contract_is_kept() -> None:
    assert contract().text == text()


def test_many_problems_are_counted_after_the_first() -> None:
    found = problems(text(tail="".join(f"unknown{n}: 1\n" for n in range(30))))
    assert len(found) == 21
    assert found[-1] == " 10 more problems; correct those above first"


def test_a_message_is_one_line_whatever_the_value() -> None:
    assert len(problems(text(head='apiVersion: "v\\n3"\nkind: DataContract\nid: s\nversion: "1"\n'))) == 1
