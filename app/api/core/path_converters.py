"""Path converters: customer ids, which may contain slashes and line breaks, and slugs of custom segments."""

from typing import Final

from starlette.convertors import PathConvertor, StringConvertor, register_url_convertor

BELOW: Final = ("segment", "history", "explanation", "orders")


class IdConvertor(PathConvertor):
    """Converter of an id with any characters."""

    regex = "(?s:.*)"


class WholeConvertor(PathConvertor):
    """Converter of an id without the name of a subresource at its end, so that DELETE of a subresource is refused."""

    regex = IdConvertor.regex + "".join(f"(?<!/{name})" for name in BELOW)


class CustomSlugConvertor(StringConvertor):
    """Converter of the slug of a custom segment, which is not the name of an operation beside it."""

    regex = "(?!preview$)[^/]+"


register_url_convertor("id", IdConvertor())
register_url_convertor("whole", WholeConvertor())
register_url_convertor("custom", CustomSlugConvertor())
CUSTOMER_ID: Final = "{customer_id:id}"
WHOLE_CUSTOMER_ID: Final = "{customer_id:whole}"
CUSTOM_SLUG: Final = "{slug:custom}"
