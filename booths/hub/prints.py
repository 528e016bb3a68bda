"""Whether a file can be printed: format, size in pixels, resolution at the printed size, colours.

What is wrong is said in sentences that name the way out. A picture is opened but never decoded, and
a PDF is not rendered, so that a hostile file costs little.
"""

import io
import logging
import math
import warnings
from decimal import Decimal

import msgspec
from PIL import Image, UnidentifiedImageError
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from booths.hub.rules import Colour, Limits
from server.money import round_half_up
from server.text import N_, gettext
from server.web.formats import number

logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what is wrong is said to the sender
LARGEST = 9_000_000
LARGEST_SIDE = 60_000
NAMES = {"pdf": "PDF", "tiff": "TIFF", "png": "PNG", "jpeg": "JPEG"}
MEDIA = {
    "pdf": "application/pdf",
    "tiff": "image/tiff",
    "png": "image/png",
    "jpeg": "image/jpeg",
}
_MM_PER_INCH = Decimal("25.4")
_POINTS_PER_INCH = 72
_TOLERANCE = Decimal("0.02")
_CMYK = ("CMYK",)
_RGB = ("RGB", "RGBA", "P", "YCbCr", "RGBX", "PA")
_GREY = ("1", "L", "LA", "I", "F", "I;16", "I;16B")


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What a file is, `facts` in sentences, and `faults`: why it cannot be printed."""

    format: str
    facts: list[str]
    faults: list[str]

    @property
    def media_type(self) -> str:
        """What the bytes are."""
        return MEDIA.get(self.format, "")


def pixels(length_mm: int, dpi: int) -> int:
    """The pixels that `length_mm` needs at `dpi`: 1,000 mm at 150 dpi need 5,906."""
    return round_half_up(Decimal(length_mm) / _MM_PER_INCH * dpi)


def effective_dpi(side: int, length_mm: int) -> int:
    """The resolution of `side` pixels printed at `length_mm`, rounded down: at 1,000 mm, 2,835
    pixels have 72 dpi."""
    return int(Decimal(side) * _MM_PER_INCH / length_mm)


def kind_of(data: bytes) -> str:
    """pdf, tiff, png or jpeg by the first bytes; empty for anything else."""
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data[:4] in (b"II*\x00", b"MM\x00*"):
        return "tiff"
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return "png"
    return "jpeg" if data[:3] == b"\xff\xd8\xff" else ""


def check(data: bytes, limits: Limits) -> Checked:
    """Look at `data` as a printer would."""
    if len(data) > LARGEST:
        said = N_("The file has {mb} MB; at most 9 MB can be sent. Save it as PDF or JPEG.")
        return _faulty("", gettext(said, mb=math.ceil(len(data) / 1_000_000)))
    kind = kind_of(data)
    allowed = gettext(N_(" or ")).join(NAMES[each] for each in limits.formats)
    if kind not in limits.formats:
        if kind:
            said = N_("This is a {name} file. Send {allowed}.")
            return _faulty(kind, gettext(said, name=NAMES[kind], allowed=allowed))
        return _faulty("", gettext(N_("This file cannot be printed. Send {allowed}."),
                                   allowed=allowed))  # fmt: skip
    return _pdf(data, limits) if kind == "pdf" else _picture(data, limits, kind)


def readable(data: bytes) -> Checked:
    """Whether `data` is a document that somebody can read: a PDF or a picture."""
    kind = kind_of(data)
    if len(data) > LARGEST:
        return check(data, Limits())
    if not kind:
        return _faulty("", gettext(N_("This file cannot be read. Send a PDF, PNG or JPEG.")))
    if kind == "pdf":
        opened = _pages(data)
        return opened if isinstance(opened, Checked) else Checked(format=kind, facts=[], faults=[])
    broken = _open(data, kind)
    return broken if isinstance(broken, Checked) else Checked(format=kind, facts=[], faults=[])


def _faulty(kind: str, *faults: str) -> Checked:
    return Checked(format=kind, facts=[], faults=list(faults))


class _Seen(msgspec.Struct, frozen=True):
    width: int
    height: int
    mode: str
    clear: bool


def _open(data: bytes, kind: str) -> _Seen | Checked:
    broken = gettext(
        N_("This {name} file is damaged and cannot be opened. Save it again."), name=NAMES[kind]
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=(NAMES[kind],)) as opened:
                seen = _Seen(opened.width, opened.height, opened.mode, opened.has_transparency_data)
                if kind == "png":
                    opened.verify()
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError,
            KeyError, TypeError, IndexError):  # fmt: skip
        return _faulty(kind, broken)
    if max(seen.width, seen.height) > LARGEST_SIDE:
        return _faulty(
            kind,
            gettext(
                N_("This picture has {w} × {h} pixels; a side can have at most {most}."),
                w=number(seen.width), h=number(seen.height), most=number(LARGEST_SIDE),
            ),
        )  # fmt: skip
    return seen


def _size(limits: Limits) -> tuple[int, int]:
    """The printed size with its bleed."""
    return limits.width_mm + 2 * limits.bleed_mm, limits.height_mm + 2 * limits.bleed_mm


def _shape_fault(width: Decimal, height: Decimal, limits: Limits) -> str:
    wide, high = _size(limits)
    wanted = Decimal(wide) / high
    if abs(width / height / wanted - 1) <= _TOLERANCE:
        return ""
    if limits.bleed_mm:
        return gettext(
            N_(
                "The shape does not fit: {w} × {h} mm are printed, with {bleed} mm bleed on each"
                " side {wide} × {high} mm. Crop it to that shape."
            ),
            w=number(limits.width_mm), h=number(limits.height_mm), bleed=limits.bleed_mm,
            wide=number(wide), high=number(high),
        )  # fmt: skip
    return gettext(
        N_("The shape does not fit: {w} × {h} mm are printed. Crop it to that shape."),
        w=number(wide),
        h=number(high),
    )


def _picture(data: bytes, limits: Limits, kind: str) -> Checked:
    seen = _open(data, kind)
    if isinstance(seen, Checked):
        return seen
    wide, high = _size(limits)
    needed = pixels(wide, limits.dpi), pixels(high, limits.dpi)
    enough = seen.width >= needed[0] and seen.height >= needed[1]
    dpi = min(effective_dpi(seen.width, wide), effective_dpi(seen.height, high))
    dpi = max(dpi, limits.dpi) if enough else min(dpi, limits.dpi - 1)
    size = {"w": number(wide), "h": number(high), "dpi": number(dpi)}
    facts = [
        gettext(
            N_("{name}, {w} × {h} pixels, {mode}."),
            name=NAMES[kind],
            w=number(seen.width),
            h=number(seen.height),
            mode=_mode_name(seen.mode),
        )
    ]
    faults = []
    if not enough:
        faults.append(
            gettext(
                N_(
                    "At {w} × {h} mm this picture has {dpi} dpi; {least} are needed. Send one of"
                    " at least {pw} × {ph} pixels."
                ),
                **size,
                least=limits.dpi,
                pw=number(needed[0]),
                ph=number(needed[1]),
            )
        )
    else:
        facts.append(gettext(N_("At {w} × {h} mm it has {dpi} dpi."), **size))
    faults += [_shape_fault(Decimal(seen.width), Decimal(seen.height), limits)]
    if limits.colour is Colour.CMYK and seen.mode not in _CMYK:
        faults.append(
            gettext(
                N_("The colours are {mode}; the printer needs CMYK. Convert it and send it again."),
                mode=_mode_name(seen.mode),
            )
        )
    if limits.colour is Colour.RGB and seen.mode in _CMYK:
        faults.append(
            gettext(N_("The colours are CMYK; RGB is needed. Convert it and send it again."))
        )
    if seen.clear and not limits.transparency:
        faults.append(
            gettext(N_("Parts of it are transparent. Put it on a background and send it again."))
        )
    return Checked(format=kind, facts=facts, faults=[each for each in faults if each])


def _mode_name(mode: str) -> str:
    if mode in _CMYK:
        return "CMYK"
    if mode in _RGB:
        return "RGB"
    return gettext(N_("grey")) if mode in _GREY else mode


class _Pages(msgspec.Struct, frozen=True):
    count: int
    width_mm: Decimal
    height_mm: Decimal
    trim_mm: tuple[Decimal, Decimal]


def _mm(points: float) -> Decimal:
    return round(Decimal(str(points)) / _POINTS_PER_INCH * _MM_PER_INCH, 1)


def _pages(data: bytes) -> _Pages | Checked:
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted:
            return _faulty(
                "pdf", gettext(N_("This PDF has a password. Save it without one and send it."))
            )
        count = len(reader.pages)
        page = reader.pages[0]
        turned = page.rotation % 180 == 90
        # User units make sheets of more than 5 metres possible (ISO 32000-1, 14.11.2).
        unit = float(page.user_unit)
        boxes = [
            (_mm(float(box.width) * unit), _mm(float(box.height) * unit))
            for box in (page.mediabox, page.trimbox)
        ]
    except (PyPdfError, OSError, ValueError, KeyError, IndexError, TypeError, AttributeError,
            RecursionError, ArithmeticError):  # fmt: skip
        return _faulty(
            "pdf", gettext(N_("This PDF is damaged and cannot be opened. Save it again."))
        )
    sheet, trim = (box[::-1] if turned else box for box in boxes)
    if min(*sheet, *trim) <= 0:
        return _faulty("pdf", gettext(N_("The page of this PDF has no size. Save it again.")))
    return _Pages(count, sheet[0], sheet[1], trim)


def _pdf(data: bytes, limits: Limits) -> Checked:
    seen = _pages(data)
    if isinstance(seen, Checked):
        return seen
    wide, high = _size(limits)
    facts = [
        gettext(N_("PDF, page of {w} × {h} mm."), w=number(seen.width_mm), h=number(seen.height_mm))
    ]
    faults = []
    if seen.count > 1:
        faults.append(
            gettext(
                N_("This PDF has {n} pages; one is printed. Send that page alone."), n=seen.count
            )
        )
    shape = _shape_fault(seen.width_mm, seen.height_mm, limits)
    if shape:
        faults.append(shape)
    elif limits.bleed_mm and seen.trim_mm == (seen.width_mm, seen.height_mm):
        facts.append(
            gettext(
                N_("It names no trim box: it will be cut {bleed} mm inside its edges."),
                bleed=limits.bleed_mm,
            )
        )
    scale = Decimal(wide) / seen.width_mm
    if not shape and abs(scale - 1) > _TOLERANCE:
        facts.append(
            gettext(
                N_("It will be printed at {percent} % of its size, {w} × {h} mm."),
                percent=number(round(scale * 100)),
                w=number(wide),
                h=number(high),
            )
        )
    facts.append(gettext(N_("Pictures inside a PDF are not measured: they need {dpi} dpi too."),
                         dpi=limits.dpi))  # fmt: skip
    return Checked(format="pdf", facts=facts, faults=faults)
