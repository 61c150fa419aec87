"""Path converters of customer ids, which may contain slashes and line breaks."""

from typing import Final

from starlette.convertors import PathConvertor, register_url_convertor

BELOW: Final = ("segment", "history", "explanation", "orders")


class IdConvertor(PathConvertor):
    """Converter of an id with any characters."""

    regex = "(?s:.*)"


class WholeConvertor(PathConvertor):
    """Converter of an id without the name of a subresource at its end, so that DELETE of a subresource is refused."""

    regex = IdConvertor.regex + "".join(f"(?<!/{name})" for name in BELOW)


register_url_convertor("id", IdConvertor())
register_url_convertor("whole", WholeConvertor())
CUSTOMER_ID: Final = "{customer_id:id}"
WHOLE_CUSTOMER_ID: Final = "{customer_id:whole}"
