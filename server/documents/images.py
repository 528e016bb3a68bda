"""Uploaded pictures, made anew: whatever else stood in the file is gone."""

import base64
import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from server.documents.rules import IMAGE_FORMATS, KEPT_SIDE, LARGEST_SIDE, LARGEST_UPLOAD
from server.errors import Refused
from server.text import N_


def remade(data: bytes, *, field: str) -> bytes:
    """`data` as a new PNG of at most 1200 by 1200 pixels, without metadata or second frames.

    Refused on `field` when it is empty, too large, or no PNG, JPEG, WebP or GIF.
    """
    if len(data) > LARGEST_UPLOAD:
        raise Refused(
            N_("The picture is larger than 2 MB. Save it smaller and try again."), field=field
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=IMAGE_FORMATS) as opened:
                if max(opened.size) > LARGEST_SIDE:
                    raise Refused(
                        N_(
                            "The picture is {width} × {height} pixels; at most {most} a side"
                            " can be kept."
                        ),
                        field=field,
                        width=opened.width,
                        height=opened.height,
                        most=LARGEST_SIDE,
                    )
                upright = ImageOps.exif_transpose(opened)
                kept = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombWarning,
        Image.DecompressionBombError,
    ):
        raise Refused(
            N_(
                "This file is no picture that can be read. Use PNG, JPEG, WebP or GIF. What"
                " was kept before is still there."
            ),
            field=field,
        ) from None
    kept.thumbnail((KEPT_SIDE, KEPT_SIDE))
    written = io.BytesIO()
    kept.save(written, "PNG", optimize=True)
    return written.getvalue()


PRINTED_SIDE = 360


def as_svg(data: bytes) -> str:
    """A kept picture as SVG with the picture inside, small enough to print."""
    with Image.open(io.BytesIO(data), formats=("PNG",)) as opened:
        small = opened.convert("RGBA")
    small.thumbnail((PRINTED_SIDE, PRINTED_SIDE))
    written = io.BytesIO()
    small.save(written, "PNG", optimize=True)
    picture = base64.b64encode(written.getvalue()).decode()
    width, height = small.size
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}"><image width="{width}" height="{height}"'
        f' href="data:image/png;base64,{picture}"/></svg>'
    )
