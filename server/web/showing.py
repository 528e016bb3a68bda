"""Forms as pages show them: one row per field, drawn by one macro (templates/macros/draw.html)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any

import msgspec
from babel import Locale

from server.text import gettext, locale
from server.web.forms import Field, Form, Upload, fields

LANGUAGES = (
    "ar", "bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "ga", "hi", "hr", "hu", "it",
    "ja", "ko", "lt", "lv", "mt", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sv", "tr", "uk",
    "vi", "zh",
)  # fmt: skip
Choices = Sequence[tuple[object, str]]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One field: `kind` is the macro that draws it."""

    name: str
    kind: str
    label: str
    hint: str
    optional: bool
    value: Any
    choices: Choices = ()
    most: int = 0


def _most(field: Field) -> int:
    for part in getattr(field.kind, "__metadata__", ()):
        if isinstance(part, msgspec.Meta) and part.max_length:
            return int(part.max_length)
    return 0


def _kind(field: Field, choices: Mapping[str, Choices]) -> str:
    plain = {bool: "checkbox", date: "date", datetime: "datetime", time: "time", Upload: "upload"}
    if field.many:
        return "checkboxes"
    if field.name in choices:
        return "select"
    if field.base in plain:
        return plain[field.base]
    if field.base in (int, Decimal):
        return "number"
    return "area" if _most(field) >= 1000 else "field"


def show(
    form: type[Form],
    *,
    values: object = None,
    choices: Mapping[str, Choices] | None = None,
    without: Sequence[str] = (),
) -> list[Shown]:
    """The fields of `form` in order with what is known: a mapping or anything with attributes."""
    made = []
    for each in fields(form):
        if each.name in without:
            continue
        known = (
            values.get(each.name)
            if isinstance(values, Mapping)
            else getattr(values, each.name, None)
        )
        if known is None and values is None and each.default is not msgspec.NODEFAULT:
            known = each.default
        if isinstance(known, time):
            known = f"{known:%H:%M}"
        if isinstance(known, Enum):
            known = known.value
        kind = _kind(each, choices or {})
        made.append(
            Shown(
                name=each.name,
                kind=kind,
                label=gettext(each.label),
                hint=gettext(each.hint) if each.hint else "",
                optional=not each.required and kind not in ("checkbox", "checkboxes"),
                value="" if known is None else known,
                choices=(choices or {}).get(each.name, ()),
                most=_most(each) if kind == "area" else 0,
            )
        )
    return made


def language_choices() -> list[tuple[str, str]]:
    """Languages by name."""
    names = Locale.parse(locale()).languages
    return sorted(((code, names.get(code, code)) for code in LANGUAGES), key=lambda one: one[1])
