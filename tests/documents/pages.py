"""Looking at PDFs the way a reader does: their text, their fonts, their ink."""

from __future__ import annotations

import ctypes
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium


class Pages:
    def __init__(self, pdf: bytes) -> None:
        self._document = pypdfium2.PdfDocument(pdf)

    def __len__(self) -> int:
        return len(self._document)

    def texts(self) -> list[str]:
        """The text of each page. Places where a long word may break, and breaks there, are taken out."""
        return [_plain(page.get_textpage().get_text_range()) for page in self._document]

    @property
    def text(self) -> str:
        return "\n".join(self.texts())

    def words(self) -> str:
        """All text on one line: where lines happen to break is not the matter."""
        return " ".join(self.text.split())

    def letters(self) -> str:
        """All text without white space: long words break anywhere."""
        return "".join(self.text.split())

    def fonts(self) -> set[str]:
        return {_font(piece) for page in self._document for piece in page.get_objects([pdfium.FPDF_PAGEOBJ_TEXT])}

    def ink(self) -> list[bytes]:
        """Each page as pixels."""
        return [bytes(page.render(scale=1.5).buffer) for page in self._document]


def _plain(text: str) -> str:
    for mark in ("\u200b", "\ufffe", "\x02", "\r\n"):  # pdfium writes U+FFFE or U+0002 for a hyphenated line end
        text = text.replace(mark, "\n" if mark == "\r\n" else "")
    return text


def _font(piece: Any) -> str:
    font = pdfium.FPDFTextObj_GetFont(piece)
    name = ctypes.create_string_buffer(200)
    pdfium.FPDFFont_GetBaseFontName(font, name, len(name))
    return name.value.decode().rpartition("+")[2]
