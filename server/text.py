"""User-visible text: marked where it is written, translated when it is shown."""

import gettext as _gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

LOCALES = ("en",)
_FOLDER = Path(__file__).parent / "locale"
_current: ContextVar[str] = ContextVar("locale", default="en")


def N_(text: str) -> str:
    """Mark `text` for translation without translating it yet."""
    return text


@cache
def catalogue(locale: str) -> _gettext.NullTranslations:
    """The compiled messages of `locale`; English where there are none."""
    return _gettext.translation("pavilion", _FOLDER, [locale], fallback=True)


def locale() -> str:
    """The locale of the page or mail being written now."""
    return _current.get()


@contextmanager
def speaking(wanted: str | None) -> Iterator[None]:
    """Write everything inside in `wanted`, or in English if it is not offered."""
    token = _current.set(wanted if wanted in LOCALES else "en")
    try:
        yield
    finally:
        _current.reset(token)


def gettext(text: str, /, **values: object) -> str:
    """`text` in the current locale with its `{name}` places filled."""
    said = catalogue(_current.get()).gettext(text) if text else ""
    return said.format(**values) if values else said


def ngettext(one: str, many: str, n: int, **values: object) -> str:
    """`one` or `many` as the current locale counts, with `{n}` and other places filled."""
    return catalogue(_current.get()).ngettext(one, many, n).format(n=n, **values)
