"""Headers that stand on every answer, worked out once."""

from typing import Final

from app.settings import Settings

Headers = tuple[tuple[bytes, bytes], ...]
POLICY: Final = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
ALWAYS: Final[Headers] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)


def security_headers(settings: Settings) -> Headers:
    """What tells browsers to guess, load, frame and pass on nothing; https alone where the settings say so."""
    seconds = settings.hsts_seconds
    hsts = ((b"strict-transport-security", b"max-age=%d" % seconds),) if seconds else ()
    return (*ALWAYS, POLICY, *hsts)


def missing(headers: Headers, given: list[tuple[bytes, bytes]]) -> Headers:
    """Those that an answer has not given itself: a page for people has a policy of its own."""
    names = {name for name, _ in given}
    return tuple(each for each in headers if each[0] not in names)
