from app.api.customers.current_model import table_written


def test_the_table_is_read_again_when_it_was_written_again() -> None:
    assert table_written(1) is table_written(1)
    assert table_written(1) is not table_written(2)
