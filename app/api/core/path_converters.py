"""Ids of customers in paths: whatever stands in the sales, slashes and line breaks too."""

from typing import Final

from starlette.convertors import PathConvertor, register_url_convertor

BELOW: Final = ("segment", "history", "explanation")


class IdConvertor(PathConvertor):
    """A path of any characters."""

    regex = "(?s:.*)"


class WholeConvertor(PathConvertor):
    """An id that ends in nothing that customers have below them: their segment cannot be deleted, nor mean them."""

    regex = IdConvertor.regex + "".join(f"(?<!/{name})" for name in BELOW)


register_url_convertor("id", IdConvertor())
register_url_convertor("whole", WholeConvertor())
ANY_ID: Final = "{customer_id:id}"
WHOLE_ID: Final = "{customer_id:whole}"
