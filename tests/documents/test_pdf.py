"""The renderer: what people type is set as they typed it, in their script, on numbered pages, within bounds."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import psutil
import pytest

from adapters import pdf as module
from adapters.pdf import DocumentTooLarge, RenderingFailed, TypstRenderer
from tests.documents.pages import Pages

HOSTILE = [
    '#import "@preview/cetz:0.3.0"',
    '#read("/etc/passwd")',
    "#eval(1+1)",
    "$x^2$",
    "*bold* _slanted_ `raw`",
    "<script>alert(1)</script>",
    "file:///etc/passwd",
    "https://example.org/?a=1",
    "\\u{41} \\ // no comment /* at all */",
    "= Heading - item + item @label <label>",
    "-- --- ... ~ 'single' \"double\"",
    "{{7*7}} %s ${HOME} \\input{x}",
]
# In each: letters that join, and the same with a mark (U+200C) that keeps them apart.
JOINED = {
    "Devanagari": ("क्षत्रिय", "क्\u200cषत्\u200cरिय"),
    "Bengali": ("ক্ষমা", "ক্\u200cষমা"),
    "Gujarati": ("ક્ષમા", "ક્\u200cષમા"),
    "Gurmukhi": ("ਪ੍ਰੇਮ", "ਪ੍\u200cਰੇਮ"),
    "Kannada": ("ಕ್ಷಮೆ", "ಕ್\u200cಷಮೆ"),
    "Malayalam": ("ക്ഷമ", "ക്\u200cഷമ"),
    "Oriya": ("କ୍ଷମା", "କ୍\u200cଷମା"),
    "Tamil": ("க்ஷமா", "க்\u200cஷமா"),
    "Telugu": ("క్షమ", "క్\u200cషమ"),
}
COLUMNS = [{"label": "Day"}, {"label": "What", "wide": True}, {"label": "Amount", "align": "right"}]


def listing(*rows: list[str], **more: Any) -> dict[str, Any]:
    centre = {"name": "Sunrise Therapy"}
    return {"centre": centre, "title": "Sums", "columns": COLUMNS, "rows": list(rows)} | more


def rendered(data: dict[str, Any], renderer: TypstRenderer | None = None) -> Pages:
    return Pages(asyncio.run((renderer or TypstRenderer()).pdf("listing", data)))


def children() -> list[psutil.Process]:
    return [c for c in psutil.Process().children() if "typesetter.py" in " ".join(c.cmdline())]


def test_what_is_typed_is_set_as_it_is_typed_and_nothing_is_read() -> None:
    everything = "\n".join(HOSTILE)
    pages = rendered(
        listing(
            ["1", everything, everything], title=HOSTILE[1], subtitle=HOSTILE[0], issued=HOSTILE[3], note=everything,
            facts=[[line, line] for line in HOSTILE], reference=HOSTILE[4], totals=HOSTILE[:3],
            centre={"name": HOSTILE[5], "lines": HOSTILE},
        )
    )  # fmt: skip
    for line in HOSTILE:
        assert pages.letters().count("".join(line.split())) >= 5, line
    assert "root:" not in pages.text


def test_an_own_template_could_read_which_is_why_text_must_not_become_one() -> None:
    """The control of the test above: evaluated, such text does what it says."""
    import typst

    source = b'#eval(sys.inputs.data, mode: "markup")'
    assert Pages(typst.compile(source, sys_inputs={"data": "#(1 + 1)"})).text.strip() == "2"


def test_a_word_longer_than_a_line_stays_on_the_page() -> None:
    word = "Donaudampfschiff" * 60
    pages = rendered(listing(["1", word, "2.00"], title=word, facts=[["Long", word]], centre={"name": word}))
    assert pages.letters().count(word) >= 4
    assert len(pages) > 1


@pytest.mark.parametrize("script", sorted(JOINED))
def test_indic_letters_join_and_come_from_a_font_that_is_packaged(script: str) -> None:
    joined, apart = JOINED[script]
    pages = rendered(listing(["1", joined, "₹1,250.00"]))
    assert pages.fonts() == {"NotoSans-Regular", "NotoSans-Bold", f"NotoSans{script}-Regular"}
    assert "₹1,250.00" in pages.text
    assert pages.ink() != rendered(listing(["1", apart, "₹1,250.00"])).ink()


def test_pages_are_numbered_and_repeat_the_head_of_a_table() -> None:
    pages = rendered(listing(*([str(n), "Session", "₹1.00"] for n in range(120)), totals=["Total", "", "₹120.00"]))
    assert len(pages) > 2
    for n, page in enumerate(pages.texts(), start=1):
        assert f"Page {n} of {len(pages)}" in page
        assert "What" in page
        assert "Sunrise Therapy" in page
    assert "₹120.00" in pages.texts()[-1]


def test_an_empty_list_says_so() -> None:
    assert "Nothing to list." in rendered(listing()).text


def test_the_same_data_makes_the_same_bytes() -> None:
    renderer = TypstRenderer()

    async def twice() -> list[bytes]:
        data = listing(["1", "हिन्दी", "₹2.00"])
        return [await renderer.pdf("listing", data) for _ in range(2)]

    first, second = asyncio.run(twice())
    assert first == second


def test_the_loop_goes_on_while_a_document_is_set() -> None:
    async def both() -> int:
        setting = asyncio.create_task(TypstRenderer().pdf("listing", listing(["1", "x", "2"])))
        turns = 0
        while not setting.done():
            await asyncio.sleep(0.001)
            turns += 1
        assert (await setting).startswith(b"%PDF-")
        return turns

    assert asyncio.run(both()) > 10


def test_a_rendering_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(RenderingFailed):
        rendered(listing(["1", "x", "2"]), TypstRenderer(timeout=0.01))
    assert children() == []


def test_a_caller_who_goes_away_leaves_nothing_running() -> None:
    async def cancelled() -> None:
        setting = asyncio.create_task(TypstRenderer().pdf("listing", listing(*([str(n)] * 3 for n in range(5000)))))
        while not children():
            await asyncio.sleep(0.01)
        setting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await setting

    asyncio.run(cancelled())
    assert children() == []


def test_what_is_too_long_is_refused_before_it_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST_INPUT", 2000)
    assert len(rendered(listing(["1", "x" * 1000, "2"]))) == 1
    with pytest.raises(DocumentTooLarge):
        rendered(listing(["1", "x" * 2000, "2"]))


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MEMORY_MB", 40)
    with pytest.raises(RenderingFailed):
        rendered(listing(["1", "x", "2"]))


def test_only_templates_that_exist_are_set() -> None:
    for name in ("../listing", "/etc/passwd", "unheard-of", ""):
        with pytest.raises(ValueError, match="no template"):
            asyncio.run(TypstRenderer().pdf(name, listing()))


def test_templates_evaluate_nothing_and_fetch_nothing() -> None:
    folder = Path(module.__file__).parent / "documents"
    for path in folder.glob("*.typ"):
        source = re.sub(r"//.*", "", path.read_text("utf-8"))
        assert not re.search(
            r"\b(eval|read|plugin|csv|yaml|xml|toml|cbor|bibliography|image|link)\(|@preview", source
        ), path
    assert (folder / "fonts" / "OFL.txt").exists()
