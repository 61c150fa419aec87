"""Arrays as text."""

import numpy as np
import pytest
from sqlalchemy import Connection, text

from app.db.arrays import number_array, text_array


@pytest.mark.parametrize(
    "texts", [[], ["17850"], ["a", "b"], ["", "null", " "], ['"', "\\", "{,}", 'a"b'], ["a", '","'], ["é\n\t", "NULL"]]
)
def test_texts_arrive_as_they_are(connection: Connection, texts: list[str]) -> None:
    found = connection.execute(text("select cast(:given as text[])"), {"given": text_array(texts)}).scalar_one()
    assert found == texts


def test_numbers_arrive_with_every_digit_and_nan_as_null(connection: Connection) -> None:
    numbers = np.array([0.1, np.nan, -1e300, 5e-324])
    found = connection.execute(text("select cast(:given as float8[])"), {"given": number_array(numbers)}).scalar_one()
    assert found == [0.1, None, -1e300, 5e-324]
