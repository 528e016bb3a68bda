"""Workbooks (XLSX) for people who work in spreadsheets: one helper for every room."""

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

import xlsxwriter

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Cell = str | int | Decimal | date | None


def literal(text: str) -> str:
    """Text for a cell of CSV that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in tuple("=+-@\t\r") else text


def workbook(
    title: str, head: Sequence[str], rows: Iterable[Sequence[Cell]], *, widths: int = 18
) -> bytes:
    """One sheet with a head that stays in sight and can be filtered.

    Decimals become amounts with two places, dates become dates, text stays text: nothing that
    somebody typed is ever a formula or a link.
    """
    file = io.BytesIO()
    book = xlsxwriter.Workbook(
        file,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    sheet = book.add_worksheet(title[:31])
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    amount = book.add_format({"num_format": "#,##0.00"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, head, bold)
    last = 0
    for last, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            if isinstance(cell, Decimal):
                sheet.write_number(last, column, float(cell), amount)
            elif isinstance(cell, date):
                plain = cell.replace(tzinfo=None) if isinstance(cell, datetime) else cell
                sheet.write_datetime(last, column, plain, day)
            elif isinstance(cell, int):
                sheet.write_number(last, column, cell)
            elif cell:
                sheet.write_string(last, column, cell)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, last, max(0, len(head) - 1))
    sheet.set_column(0, max(0, len(head) - 1), widths)
    book.close()
    return file.getvalue()
