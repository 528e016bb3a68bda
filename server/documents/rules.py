"""What may be uploaded and how a file is named. Sizes in bytes and pixels."""

import re
import unicodedata
from urllib.parse import quote

LARGEST_UPLOAD = 2 * 1024 * 1024
LARGEST_PAPER = 8 * 1024 * 1024
LARGEST_SIDE = 6000
KEPT_SIDE = 1200
IMAGE_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
EXTENSIONS = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/tiff": "tif",
}
"""The files that are kept as they came, and how their names end."""
_DIRECTIONS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def is_pdf(data: bytes) -> bool:
    """Whether `data` has the beginning and the end of a PDF (ISO 32000: within 1 KiB of each)."""
    return b"%PDF-" in data[:1024] and b"%%EOF" in data[-1024:]


def safe_filename(name: str, extension: str) -> str:
    """A file name that means nothing to any shell, header or file system; at most 100 characters.

    Folders, control characters and marks that turn the reading direction are dropped.
    """
    base = (
        _DIRECTIONS.sub("", unicodedata.normalize("NFC", name)).replace("\\", "/").rsplit("/")[-1]
    )
    base = re.sub(r'[\x00-\x1f\x7f"<>:|?*;%]', "", base).strip(" .")
    stem = base.rsplit(".", 1)[0] if "." in base else base
    return f"{stem[:90].strip(' .') or 'document'}.{extension}"


def disposition(filename: str, *, inline: bool = False) -> str:
    """A Content-Disposition header (RFC 6266): plain letters for old readers, UTF-8 for others."""
    plain = unicodedata.normalize("NFKD", filename).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9 ._()+-]", "_", plain) or "document"
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
