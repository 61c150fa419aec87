from app.api.customers.current_model import cached_table


def test_the_table_is_read_again_when_it_was_written_again() -> None:
    assert cached_table(1) is cached_table(1)
    assert cached_table(1) is not cached_table(2)
