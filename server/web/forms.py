"""The only gate for input: a form is a Struct, and every refusal is a sentence beside its field.

`Annotated[str, Meta(title=N_("Name"), max_length=200)]` gives the label and the limits; pages and
the API share the same Struct, so they refuse the same things in the same words.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import cache
from types import UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    Self,
    TypeVar,
    Union,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec
from msgspec import Meta

from server.database import LARGEST_ID
from server.errors import Invalid, Refused
from server.money import parse_amount
from server.text import N_, gettext

F = TypeVar("F", bound="Form")
LONGEST = 10_000
FIRST_YEAR, LAST_YEAR = 1000, 2999
_MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2})?"
_CLOCK = r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_HOUSEKEEPING = {"csrf_token"}


class Upload(msgspec.Struct, frozen=True):
    """A file as it arrived; nothing about it is believed yet."""

    filename: str
    media_type: str
    data: bytes


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(msgspec.field,))
class _Keywords(msgspec.StructMeta):
    """Fields of every form are given by name, so optional ones may stand before required ones."""

    def __new__(mcls, *args: Any, **options: Any) -> Any:
        return super().__new__(mcls, *args, **{"kw_only": True, **options})


class Form(msgspec.Struct, metaclass=_Keywords, forbid_unknown_fields=True, frozen=True):
    """What a person or a program sends. Override `check` for rules across fields."""

    def check(self) -> dict[str, str]:
        """Sentences by field for what no field can see alone."""
        return {}

    def typed(self) -> dict[str, Any]:
        """The values as a page shows them again."""
        return {name: getattr(self, name) for name in self.__struct_fields__}

    def replace(self, **changes: object) -> Self:
        """The same form with some values changed."""
        return msgspec.structs.replace(self, **changes)


class Field(msgspec.Struct, frozen=True):
    """One field of a form, as `parse` and the templates need it."""

    name: str
    kind: Any
    label: str
    hint: str
    required: bool
    default: Any
    many: bool
    optional: bool
    base: Any


def _base(kind: Any) -> tuple[Any, bool, bool]:
    """(innermost type, is a list, may be None) of an annotation."""
    optional = many = False
    while True:
        origin = get_origin(kind)
        if origin is Annotated:
            kind = get_args(kind)[0]
        elif origin in (Union, UnionType):
            inner = [each for each in get_args(kind) if each is not type(None)]
            optional = True
            if len(inner) != 1:
                return kind, many, optional
            kind = inner[0]
        elif origin is list:
            many = True
            kind = get_args(kind)[0]
        else:
            return kind, many, optional


def _meta(kind: Any) -> Meta | None:
    if get_origin(kind) is Annotated:
        for extra in get_args(kind)[1:]:
            if isinstance(extra, Meta) and extra.title:
                return extra
        return _meta(get_args(kind)[0])
    for inner in get_args(kind):
        found = _meta(inner)
        if found:
            return found
    return None


@cache
def fields(form: type[Form]) -> tuple[Field, ...]:
    """The fields of `form` in order, with their labels and hints."""
    hints = get_type_hints(form, include_extras=True)
    found = []
    for each in msgspec.structs.fields(form):
        kind = hints[each.name]
        meta = _meta(kind)
        base, many, optional = _base(kind)
        if each.default_factory is not msgspec.NODEFAULT:
            default = each.default_factory()
        else:
            default = each.default
        found.append(
            Field(
                name=each.name,
                kind=kind,
                label=(meta and meta.title) or each.name.replace("_", " ").capitalize(),
                hint=(meta and meta.description) or "",
                required=each.required,
                default=default,
                many=many,
                optional=optional,
                base=base,
            )
        )
    return tuple(found)


def _clean_inside(raw: Any) -> Any:
    """Lines of a table and what programs send: each text in it as if it stood alone."""
    if isinstance(raw, str):
        return _clean(raw)
    if isinstance(raw, list):
        return [_clean_inside(each) for each in raw]
    if isinstance(raw, dict):
        return {name: _clean_inside(each) for name, each in raw.items()}
    return raw


def _clean(text: str) -> str:
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if _CONTROL.search(text):
        raise Refused(N_("There is a character in it that cannot be kept. Type it again by hand."))
    if len(text) > LONGEST:
        raise Refused(N_("This is longer than {n} characters."), n=LONGEST)
    return text


def _ask_for(label: str) -> str:
    if label.endswith("?"):
        return gettext(N_("Answer this question: {label}"), label=label)
    return gettext(N_("{label} is missing."), label=label)


def _one(field: Field, raw: object) -> object:
    """A single value, from text as a page sends it or from JSON."""
    base = field.base
    if base is Upload:
        return raw
    if isinstance(raw, Upload):
        raise Refused(_said(field, ""))
    if isinstance(raw, list | dict):
        raw = _clean_inside(raw)
    if isinstance(raw, str):
        raw = _clean(raw)
        if base is Decimal:
            return parse_amount(raw)
        if base is bool:
            return raw.lower() in ("on", "true", "yes", "1")
        if base is int and re.fullmatch(r"[-+]?\d{1,18}", raw):
            return int(raw)
        try:
            if base is datetime and re.fullmatch(_MOMENT, raw):
                return datetime.fromisoformat(raw)
            if base is time and re.fullmatch(_CLOCK, raw):
                return time.fromisoformat(raw)
        except ValueError:
            raise Refused(_said(field, "")) from None
    return raw


def _said(field: Field, fault: str) -> str:
    """msgspec's complaint as a sentence that names the field and the way out."""
    label = gettext(field.label)
    base = field.base
    if found := re.search(r"of length >= (\d+)", fault):
        return gettext(N_("{label} needs at least {n} characters."), label=label, n=found[1])
    if found := re.search(r"of length <= (\d+)", fault):
        return gettext(N_("{label} can have at most {n} characters."), label=label, n=found[1])
    if found := re.search(r">= (-?[\d.]+)", fault):
        return gettext(N_("{label} must be {n} or more."), label=label, n=found[1])
    if found := re.search(r"> (-?[\d.]+)", fault):
        return gettext(N_("{label} must be more than {n}."), label=label, n=found[1])
    if found := re.search(r"<= (-?[\d.]+)", fault):
        return gettext(N_("{label} must be {n} or less."), label=label, n=found[1])
    if "matching regex" in fault:
        hint = gettext(field.hint) if field.hint else ""
        return gettext(N_("{label} is not written as expected. {hint}"), label=label, hint=hint)
    if base is datetime:
        return gettext(
            N_("{label} must be a date and a time such as 2027-03-31 14:00."), label=label
        )
    if base is date:
        return gettext(N_("{label} must be a date such as 2027-03-31."), label=label)
    if base is time:
        return gettext(N_("{label} must be a time such as 09:30."), label=label)
    if base in (int, float, Decimal):
        return gettext(N_("{label} must be a number."), label=label)
    if get_origin(base) is Literal or (isinstance(base, type) and issubclass(base, Enum)):
        return gettext(N_("Choose one of the answers offered for {label}."), label=label)
    return gettext(N_("{label} is not written as expected."), label=label)


def _value(field: Field, raw: object) -> object:
    """The value of `field`; raises Refused with a sentence."""
    values = raw if isinstance(raw, list) else [raw]
    if field.many:
        cleaned: object = [_one(field, each) for each in values if each not in ("", None)]
    else:
        if isinstance(raw, list) and field.base is not list:
            raw = values[-1] if values else None
        cleaned = _one(field, raw)
        if isinstance(cleaned, Decimal) and not cleaned.is_finite():
            raise Refused(_said(field, ""))
    if isinstance(cleaned, Upload):
        return cleaned
    try:
        if field.base is Decimal:  # msgspec knows no limits of a Decimal: _limits checks them
            return msgspec.convert(cleaned, list[Decimal] if field.many else Decimal, strict=False)
        made: object = msgspec.convert(cleaned, field.kind, str_keys=True)
    except msgspec.ValidationError as fault:
        raise Refused(_said(field, str(fault))) from None
    for each in made if isinstance(made, list) else [made]:
        _keepable(field, each)
    return made


def _keepable(field: Field, value: object) -> None:
    """Refuse what no column can keep: ids that cannot be, days before the calendar or long after
    us, and wall-clock times that name a zone of their own."""
    if isinstance(value, int) and not isinstance(value, bool):
        most = max([LARGEST_ID, *(extra.le or 0 for extra in _metas(field.kind))])
        if abs(value) > most:
            raise Refused(_said(field, f"<= {most}" if value > 0 else f">= {-most}"))
    if isinstance(value, date) and not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise Refused(_said(field, ""))
    if isinstance(value, datetime | time) and value.tzinfo is not None:
        raise Refused(_said(field, ""))


def _limits(field: Field, value: object) -> None:
    """Limits that msgspec does not check on a Decimal."""
    if not isinstance(value, Decimal):
        return
    for extra in _metas(field.kind):
        if extra.ge is not None and value < Decimal(str(extra.ge)):
            raise Refused(_said(field, f">= {extra.ge}"))
        if extra.gt is not None and value <= Decimal(str(extra.gt)):
            raise Refused(_said(field, f"> {extra.gt}"))
        if extra.le is not None and value > Decimal(str(extra.le)):
            raise Refused(_said(field, f"<= {extra.le}"))


def _metas(kind: Any) -> list[Meta]:
    if get_origin(kind) is Annotated:
        first, *extras = get_args(kind)
        return [each for each in extras if isinstance(each, Meta)] + _metas(first)
    return [meta for inner in get_args(kind) for meta in _metas(inner)]


def _missing(raw: object) -> bool:
    return raw is None or raw == [] or (isinstance(raw, str) and not raw.strip())


@cache
def _columns(line: type[msgspec.Struct]) -> dict[str, tuple[Any, bool]]:
    """The cells of a table's line: innermost type, and whether the line needs it."""
    hints = get_type_hints(line, include_extras=True)
    return {
        each.name: (_base(hints[each.name])[0], each.required)
        for each in msgspec.structs.fields(line)
    }


def _cell(base: Any, text: str, needed: bool, n: int) -> object:
    """A cell as a program would send it; None where it is empty and the line does without it."""
    if base is bool:
        return _clean(text).lower() in ("on", "true", "yes", "1")
    if not text and not needed:
        return None
    if base is Decimal:
        return str(parse_amount(text or "0"))
    if base is int:
        if not re.fullmatch(r"[-+]?\d{0,18}", text):
            raise Refused(
                N_("Line {n} has something that is no number. Days are whole numbers."), n=n
            )
        return int(text or 0)
    return text


def _with_lines(form: type[Form], data: Mapping[str, object]) -> dict[str, object]:
    """`data` with the tables of a page as lists of lines, as a program sends them.

    A field that is a list of structs is on a page a table, whose cells are called `days_1`,
    `days_2` after the struct's own fields; a line without its first cell is an empty one.
    """
    found, wrong = dict(data), {}
    for field in fields(form):
        if not (field.many and isinstance(field.base, type)) or field.name in data:
            continue
        if not issubclass(field.base, msgspec.Struct) or field.base is Upload:
            continue
        columns = _columns(field.base)
        cell = re.compile(rf"({'|'.join(columns)})_([1-9]\d{{0,2}})")
        typed: dict[int, dict[str, str]] = {}
        for name in data:
            if at := cell.fullmatch(str(name)):
                typed.setdefault(int(at[2]), {})[at[1]] = str(found.pop(name) or "").strip()
        if not typed:
            continue
        lines = []
        for n, line in sorted(typed.items()):
            if not line.get(next(iter(columns))):
                continue
            try:
                cells = {
                    name: _cell(base, line.get(name, ""), needed, n)
                    for name, (base, needed) in columns.items()
                }
            except Refused as refused:
                wrong[field.name] = str(refused)
                continue
            lines.append({name: each for name, each in cells.items() if each is not None})
        found[field.name] = lines
    if wrong:
        raise Invalid(wrong, data)
    return found


def parse(form: type[F], data: Mapping[str, object]) -> F:
    """The form filled from `data`, whole or not at all; tables of a page become lists of lines.

    Raises Invalid with one sentence per field at fault; what was typed stays with it.
    """
    typed, data = data, _with_lines(form, data)
    errors: dict[str, str] = {}
    values: dict[str, object] = {}
    known = {field.name for field in fields(form)} | _HOUSEKEEPING
    for name in data:
        if name not in known:
            errors[""] = gettext(N_("“{name}” is not asked for here."), name=str(name)[:60])
    for field in fields(form):
        raw = data.get(field.name)
        if _missing(raw) and not (field.many and raw == []):
            if field.base is bool and not field.optional:
                values[field.name] = field.default if field.name not in data else False
                if values[field.name] is msgspec.NODEFAULT:
                    values[field.name] = False
            elif not field.required:
                values[field.name] = field.default
            elif field.many:
                values[field.name] = []
            else:
                errors[field.name] = _ask_for(gettext(field.label))
            continue
        try:
            values[field.name] = _value(field, raw)
            _limits(field, values[field.name])
        except Refused as refused:
            errors[field.name] = str(refused)
    if not errors:
        made = form(**values)
        errors = made.check()
        if not errors:
            return made
    raise Invalid(errors, typed)
