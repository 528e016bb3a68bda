"""Simple marks for the companies of the demonstration."""

import io
from colorsys import hls_to_rgb

from PIL import Image, ImageDraw

SIDE = 240


def drawn(n: int) -> bytes:
    """The mark of company `n`: three shapes in two tones, as PNG."""
    picture = Image.new("RGB", (SIDE, SIDE), "white")
    pen = ImageDraw.Draw(picture)
    dark, light = _tone(n, 0.3), _tone(n, 0.6)
    half = SIDE // 2
    if n % 4 == 0:
        pen.ellipse((20, 20, SIDE - 20, SIDE - 20), fill=dark)
        pen.rectangle((half, 20, SIDE - 20, half), fill=light)
    elif n % 4 == 1:
        pen.polygon([(half, 20), (SIDE - 20, SIDE - 20), (20, SIDE - 20)], fill=dark)
        pen.ellipse((half - 40, half, half + 40, half + 80), fill=light)
    elif n % 4 == 2:
        pen.rectangle((20, 20, half - 5, SIDE - 20), fill=dark)
        pen.pieslice((half - 95, 20, SIDE - 20, SIDE - 20), 270, 90, fill=light)
    else:
        for bar in range(3):
            left = 20 + bar * 70
            pen.rectangle((left, 20 + bar * 45, left + 55, SIDE - 20), fill=light if bar else dark)
    written = io.BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()


def _tone(n: int, lightness: float) -> tuple[int, int, int]:
    red, green, blue = hls_to_rgb((n * 0.381966) % 1, lightness, 0.55)
    return int(red * 255), int(green * 255), int(blue * 255)
