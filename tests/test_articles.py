from __future__ import annotations

import datetime
import io
import os
import socket
import subprocess
import sys
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import docx
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.articles import SUFFIXES, find_files, normalise, parse_article, read_article
from rag.errors import ArticleReadError, CorpusError

SEED_ARTICLE = Path(__file__).parent.parent / "corpus" / "us-authorization-of-strikes.txt"
MEGABYTE = 1_000_000

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>River rises - The Example</title>
<meta property="og:site_name" content="The Example"><meta name="author" content="Ann Bee">
<meta property="og:title" content="River rises in Umeå">
<meta property="article:published_time" content="2024-06-13T08:00:00Z">
<link rel="canonical" href="https://example.org/river"></head><body>
<nav><a href="/">Home</a> <a href="/b">World</a></nav><main><article><h1>River rises in Umeå</h1>
<p>The river rose 10&nbsp;km inland, said <b>Jo</b>hn <a href="/x">Example</a>, the mayor’s aide.</p>
<p>می‌خواهم is spelt with a joiner, and so is the family 👨‍👩‍👧.</p>
<h2>What next?</h2><ul><li>Lower streets may be evac&shy;uated</li></ul>
<table><tr><th>Year</th><th>Level</th></tr><tr><td>2023</td><td>4.5 m</td></tr></table>
<p>The council will meet on Monday to decide whether the lower streets should be evacuated.</p>
</article></main><footer>Copyright 2024. All rights reserved. We use cookies.</footer></body></html>"""

MARKDOWN = """---
title: No
source: The Example
author: [Ann Bee, Cé Dee]
published: 2024-06-13
url: https://example.org/river
---

He said *this* is [a link](http://example.org) &amp; that \\*is not\\* markup; "quoted"
and **wrapped**.<script>alert(1)</script>

- one item

> Don’t do it.

| Year | Level |
|------|-------|
| 2023 | 4.5 m |
"""


def pdf_bytes(*pages: list[str], title: str = "", compress: bool = False) -> bytes:
    """A PDF by hand: one text object a page, one line of text after the other."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, lines in enumerate(pages):
        shown = "".join(f"({line}) Tj T* " for line in lines).encode("cp1252")
        stream = b"BT /F1 12 Tf 14 TL 72 720 Td " + shown + b"ET"
        stream = zlib.compress(stream) if compress else stream
        kind = "/Filter /FlateDecode " if compress else ""
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {5 + 2 * number} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(f"<< {kind}/Length {len(stream)} >>\nstream\n".encode() + stream + b"\nendstream")
    objects.append(f"<< /Title ({title}) >>".encode())
    content, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(content))
        content += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    size, info = len(objects) + 1, len(objects)
    return (
        content
        + f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n".encode()
        + f"<< /Size {size} /Root 1 0 R /Info {info} 0 R >>\nstartxref\n{len(content)}\n%%EOF".encode()
    )


def encrypted_pdf(password: str) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf_bytes(["The bridge opened on Monday."])))
    writer.encrypt(password, owner_password="owner", algorithm="RC4-128")
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def docx_bytes() -> bytes:
    document = docx.Document()
    document.add_heading("Bridge opens", 0)
    document.add_paragraph("It opened on Monday.")
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Cost", "40 million"
    document.add_paragraph("Nobody minded.")
    document.core_properties.author = "Ann Bee"
    output = io.BytesIO()
    document.save(output)
    return output.getvalue()


def with_member(package: bytes, name: str, content: bytes) -> bytes:
    output = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(package)) as old,
        zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for member in old.namelist():
            new.writestr(member, content if member == name else old.read(member))
    return output.getvalue()


def reason_of(content: bytes, name: str) -> str:
    with pytest.raises(ArticleReadError) as caught:
        parse_article(content, name=name)
    return str(caught.value)


class TestNormalise:
    @given(
        st.text(st.characters(exclude_categories=()) | st.sampled_from("\r\n\t \x85\u2028\ufeff\u0301e\xa0"))
    )
    def test_normalising_twice_changes_nothing(self, text: str) -> None:
        once = normalise(text)
        assert normalise(once) == once
        assert unicodedata.is_normalized("NFC", once)
        assert not any(line != line.rstrip() for line in once.split("\n"))
        assert once.encode().decode() == once

    @pytest.mark.parametrize("line_end", ["\r\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029"])
    def test_every_line_end_becomes_a_newline(self, line_end: str) -> None:
        assert normalise(f"one{line_end}two") == "one\ntwo"

    def test_blanks_at_line_ends_and_surplus_blank_lines_go(self) -> None:
        assert normalise("\n \n  one \t\n \n\xa0\n\ntwo\n\n") == "  one\n\ntwo"

    def test_control_characters_marks_and_lone_surrogates_go(self) -> None:
        assert normalise("\ufeffa\x00b\x1bc\x9fd\ud800e\x7ff") == "abcdef"

    def test_an_accent_behind_a_control_character_is_still_composed(self) -> None:
        assert normalise("e\x00\u0301") == "é"

    @pytest.mark.parametrize(
        "kept", ["“a”", "a\u200db", "a\u200cb", "\u200fa", "a\xa0b", "\u202aa\u2069", "a\tb", "a\xadb"]
    )
    def test_what_the_article_is_spelt_with_is_kept(self, kept: str) -> None:
        assert normalise(kept) == kept


class TestPlainText:
    def test_the_seed_article_has_its_headline_as_title_and_its_caption_in_the_text(self) -> None:
        article = read_article(SEED_ARTICLE, max_bytes=MEGABYTE)
        assert article.title.endswith("thwarts larger offensive in Kharkiv region")
        assert article.text.startswith(
            "US authorization of strikes on Russia thwarts larger offensive (photo:"
        )
        assert article.title not in article.text
        assert article.source == "us-authorization-of-strikes.txt"

    @pytest.mark.parametrize(
        "text", ["It rained on Monday.\n\nBody.", "Rain\nBody.", "Rain only", "x " * 100 + "x\n\nBody."]
    )
    def test_a_first_line_that_is_no_headline_stays_in_the_text(self, text: str) -> None:
        article = parse_article(text.encode(), name="rain.txt")
        assert (article.title, article.text) == ("rain", text.strip())

    def test_a_question_can_be_a_headline(self) -> None:
        article = parse_article(b"\n\nWho pays?\n\n\nNobody.", name="a.txt")
        assert (article.title, article.text) == ("Who pays?", "Nobody.")

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
    def test_the_encoding_is_detected(self, encoding: str) -> None:
        text = "The “naïve” plan’s owner, Mr. Müller of Zürich, said no. It cost £40 million."
        assert parse_article(text.encode(encoding), name="a.txt").text == text

    def test_another_script_is_detected(self) -> None:
        text = "Президент сказал, что переговоры продолжатся в понедельник."
        assert parse_article(text.encode("cp1251"), name="a.txt").text == text

    def test_a_long_file_is_decoded_as_a_whole(self) -> None:
        text = "Президент сказал, что переговоры продолжатся в понедельник. " * 8000 + "Да"
        assert parse_article(text.encode("cp1251"), name="a.txt").text == text

    def test_line_ends_are_normalised_before_the_title_is_looked_for(self) -> None:
        article = parse_article(b"Rain\r\n\r\nIt rained.\r\nA lot.", name="a.txt")
        assert (article.title, article.text) == ("Rain", "It rained.\nA lot.")

    def test_the_same_file_has_the_same_id_and_a_changed_one_another(self) -> None:
        ids = [parse_article(content, name="a.txt").id for content in (b"One.", b"One.", b"Two.")]
        assert ids[0] == ids[1] != ids[2]


class TestMarkdown:
    def test_front_matter_is_read_as_it_is_written(self) -> None:
        article = parse_article(MARKDOWN.encode(), name="a.md")
        assert (article.title, article.source, article.author) == ("No", "The Example", "Ann Bee, Cé Dee")
        assert (article.published, article.url) == (datetime.date(2024, 6, 13), "https://example.org/river")

    def test_markup_becomes_text_that_can_be_quoted(self) -> None:
        assert parse_article(MARKDOWN.encode(), name="a.md").text == (
            'He said this is a link & that *is not* markup; "quoted" and wrapped.\n\none item\n\n'
            "Don’t do it.\n\nYear\tLevel\n\n2023\t4.5 m"
        )

    def test_values_left_open_in_front_matter_are_none(self) -> None:
        article = parse_article(b"---\ntitle: ~\nauthor: null\npublished:\n---\nText.", name="a.md")
        assert (article.title, article.author, article.published) == ("a", "", None)

    def test_the_first_heading_is_the_title_and_rules_are_not_front_matter(self) -> None:
        article = parse_article(b"# A *Title*\n\nOne.\n\n---\n\nTwo.\n\n---\n\nThree.", name="a.md")
        assert (article.title, article.text) == ("A Title", "One.\n\nTwo.\n\nThree.")

    def test_text_between_two_rules_is_not_lost(self) -> None:
        assert parse_article(b"---\n\nOne.\n\n---\n\nTwo.", name="a.md").text == "One.\n\nTwo."

    def test_lines_of_code_stay_lines(self) -> None:
        assert parse_article(b"Text.\n\n```\none\n  two\n```", name="a.md").text == "Text.\n\none\ntwo"

    def test_invalid_front_matter_is_a_reason_that_names_the_line(self) -> None:
        assert "line 3" in reason_of(b"---\nsource: x\ntitle: Norway: no\n---\nText.", "a.md")

    @pytest.mark.parametrize("date", ["2024-02-30", "03/04/2024", "soon"])
    def test_a_date_that_is_none_is_a_reason(self, date: str) -> None:
        assert date in reason_of(f"---\npublished: {date}\n---\nText.".encode(), "a.md")

    @pytest.mark.parametrize(
        "date",
        ["2024-06-13", "2024-06-13T23:30:00-08:00", '"13 June 2024"', "June 13, 2024", "2024-6-13 10:00"],
    )
    def test_dates_are_the_day_that_is_written(self, date: str) -> None:
        article = parse_article(f"---\npublished: {date}\n---\nText.".encode(), name="a.md")
        assert article.published == datetime.date(2024, 6, 13)

    @pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "example.org"])
    def test_only_web_addresses_are_kept(self, url: str) -> None:
        assert parse_article(f"---\nurl: {url}\n---\nText.".encode(), name="a.md").url == ""

    def test_front_matter_can_neither_run_code_nor_exhaust_the_stack(self) -> None:
        article = parse_article(b"---\ntitle: !!python/object/apply:os.getpid []\n---\nText.", name="a.md")
        assert article.title == "a"
        assert "front matter" in reason_of(b"---\n" + b"[" * 60_000 + b"\n---\nText.", "a.md")
        assert "too long" in reason_of(b"---\na: " + b"x" * 70_000 + b"\n---\nText.", "a.md")


class TestHtml:
    def test_the_page_is_read_without_what_surrounds_the_article(self) -> None:
        text = parse_article(PAGE.encode(), name="a.html").text
        assert text.startswith("The river rose")
        assert text.endswith("should be evacuated.")
        assert "Home" not in text
        assert "cookies" not in text

    def test_metadata_is_read(self) -> None:
        article = parse_article(PAGE.encode(), name="a.htm")
        assert (article.title, article.source, article.author) == (
            "River rises in Umeå",
            "The Example",
            "Ann Bee",
        )
        assert (article.published, article.url) == (datetime.date(2024, 6, 13), "https://example.org/river")

    def test_no_break_spaces_and_joiners_are_kept(self) -> None:
        text = parse_article(PAGE.encode(), name="a.html").text
        assert "10\xa0km inland, said John Example, the mayor’s aide." in text
        assert "می‌خواهم" in text
        assert "👨‍👩‍👧" in text
        assert "evacuated\n\nYear\tLevel\n\n2023\t4.5 m" in text

    @pytest.mark.parametrize(
        ("label", "encoding"), [("windows-1251", "cp1251"), ("KOI8-R", "koi8-r"), ("utf-16", "utf-16")]
    )
    def test_the_declared_encoding_is_used(self, label: str, encoding: str) -> None:
        head = f'<head><meta charset="{label}"><title>Ток</title></head>'
        page = f"<html>{head}<body><p>Ещё нет света.</p></body></html>"
        assert parse_article(page.encode(encoding), name="a.html").text == "Ещё нет света."

    def test_latin_1_is_read_as_browsers_read_it(self) -> None:
        page = (
            '<html><head><meta charset="iso-8859-1"></head><body><p>“No”, he said — twice.</p></body></html>'
        )
        assert parse_article(page.encode("cp1252"), name="a.html").text == "“No”, he said — twice."

    def test_an_unknown_declared_encoding_is_no_failure(self) -> None:
        page = '<html><head><meta charset="cp9999"></head><body><p>Café society returned.</p></body></html>'
        assert parse_article(page.encode("cp1252"), name="a.html").text == "Café society returned."

    def test_the_date_of_an_old_article_is_read(self) -> None:
        page = PAGE.replace("2024-06-13T08", "1969-07-21T08")
        assert parse_article(page.encode(), name="a.html").published == datetime.date(1969, 7, 21)

    def test_a_date_is_not_guessed_from_the_text(self) -> None:
        page = "<html><body><article><p>On 3 May 2019 it rained. © 2020</p></article></body></html>"
        assert parse_article(page.encode(), name="a.html").published is None

    def test_a_page_without_text_is_a_reason(self) -> None:
        assert "no readable text" in reason_of(b"<html><body><script>x()</script></body></html>", "a.html")

    def test_a_page_of_endless_elements_is_a_reason(self) -> None:
        assert "elements" in reason_of(b"<html><body>" + b"<p>a" * 60_000, "a.html")

    def test_a_page_of_endless_depth_is_a_reason(self) -> None:
        assert "too deeply" in reason_of(b"<html><body><p>Text.</p>" + b"<div>" * 40_000 + b"Text.", "a.html")


class TestPdf:
    PAGES = (
        [
            "The Example - 3 May 2024",
            "Bridge opens after long delay",
            "The new bridge over the river opened on Monday after a delay of nearly three",
            "years, the well-known engineer in charge said. The cost rose to a total that the gov-",
            "ernment admitted.",
            "Residents welcomed it. Some of them, however, remain angry about the well-",
            "known problems of the site, and about the noise that the works on the river have",
            "1",
        ],
        ["The Example - 3 May 2024", "caused. The mayor promised to act.", "2"],
        ["The Example - 3 May 2024", "Nothing more was said.", "3"],
    )

    @pytest.mark.parametrize("compress", [False, True])
    def test_lines_are_joined_into_paragraphs_and_page_edges_left_out(self, compress: bool) -> None:
        article = parse_article(pdf_bytes(*self.PAGES, compress=compress), name="a.pdf")
        assert article.title == "Bridge opens after long delay"
        assert article.text.split("\n\n") == [
            "The new bridge over the river opened on Monday after a delay of nearly three years, the "
            "well-known engineer in charge said. The cost rose to a total that the government admitted.",
            "Residents welcomed it. Some of them, however, remain angry about the well-known problems "
            "of the site, and about the noise that the works on the river have caused. The mayor promised "
            "to act.",
            "Nothing more was said.",
        ]

    def test_its_title_is_used_unless_a_program_made_it_up(self) -> None:
        assert parse_article(pdf_bytes(["It rained."], title="Rain"), name="a.pdf").title == "Rain"
        assert (
            parse_article(pdf_bytes(["It rained."], title="Microsoft Word - b.doc"), name="a.pdf").title
            == "a"
        )

    def test_a_password_is_a_reason_and_a_mere_restriction_is_none(self) -> None:
        assert "encrypted" in reason_of(encrypted_pdf("secret"), "a.pdf")
        assert parse_article(encrypted_pdf(""), name="a.pdf").text == "The bridge opened on Monday."

    def test_a_page_that_is_damaged_is_a_reason_even_if_the_others_can_be_read(self) -> None:
        lines = [f"On day {day} it rained and rained in the town of Example." for day in range(40)]
        content = pdf_bytes(["It rained."], lines, compress=True)
        place = content.rindex(b"stream\nx") + 60
        damaged = content[:place] + b"\xff" * 40 + content[place + 40 :]
        assert "damaged" in reason_of(damaged, "a.pdf")

    def test_pictures_of_text_are_a_reason(self) -> None:
        assert "OCR" in reason_of(pdf_bytes([]), "a.pdf")

    def test_another_file_with_this_suffix_is_a_reason(self) -> None:
        assert "isn't a PDF" in reason_of(b"It rained.", "a.pdf")


class TestDocx:
    DOCUMENT = "word/document.xml"

    def test_paragraphs_and_table_rows_come_in_order(self) -> None:
        article = parse_article(docx_bytes(), name="a.docx")
        assert (article.title, article.author) == ("Bridge opens", "Ann Bee")
        assert article.text == "It opened on Monday.\n\nCost\t40 million\n\nNobody minded."

    def test_insertions_are_read_and_deletions_are_not(self) -> None:
        body = (
            '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p>'
            "<w:r><w:t>It rained </w:t></w:r><w:ins><w:r><w:t>twice.</w:t></w:r></w:ins>"
            "<w:del><w:r><w:delText>once.</w:delText></w:r></w:del>"
            "<w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom></w:p></w:body></w:document>"
        )
        content = with_member(docx_bytes(), self.DOCUMENT, body.encode())
        assert parse_article(content, name="a.docx").text == "It rained twice."

    def test_what_unpacks_to_too_much_is_a_reason(self) -> None:
        bomb = with_member(docx_bytes(), self.DOCUMENT, b" " * 40_000_000)
        assert "unpacks" in reason_of(bomb, "a.docx")

    def test_a_password_is_a_reason(self) -> None:
        assert "encrypted" in reason_of(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "a.docx")

    @pytest.mark.parametrize("content", [b"It rained.", b"PK\x03\x04It rained.", docx_bytes()[:900]])
    def test_another_or_damaged_file_is_a_reason(self, content: bytes) -> None:
        assert "damaged" in reason_of(content, "a.docx")


class TestFailures:
    def test_an_unsupported_type_names_the_supported_ones(self) -> None:
        for name in ("photo.jpg", "README", ".txt"):
            reason = reason_of(b"x", name)
            assert all(suffix in reason for suffix in SUFFIXES)

    @pytest.mark.parametrize("suffix", sorted(SUFFIXES))
    def test_an_empty_file_is_a_reason(self, suffix: str) -> None:
        assert "empty" in reason_of(b"", f"a{suffix}")

    @pytest.mark.parametrize("content", [b" \r\n\t", b"\xef\xbb\xbf", "-- \u200b --".encode()])
    def test_text_without_a_word_is_a_reason(self, content: bytes) -> None:
        assert "no readable text" in reason_of(content, "a.txt")

    @pytest.mark.parametrize(
        "content", [b"PK\x03\x04\x00\x00", b"a\0b", b"\x01\x02\x03abc", bytes(range(128, 256)) * 9]
    )
    def test_binary_data_is_a_reason(self, content: bytes) -> None:
        assert "binary" in reason_of(content, "a.txt")

    def test_half_a_character_of_utf_16_is_a_reason(self) -> None:
        assert "UTF-8" in reason_of(b"\xff\xfea\x00b", "a.txt")

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("a.pdf", pdf_bytes(*TestPdf.PAGES, title="Bridge")),
            ("a.pdf", pdf_bytes(*TestPdf.PAGES, compress=True)),
            ("a.docx", docx_bytes()),
            ("a.html", PAGE.encode()),
            ("a.md", MARKDOWN.encode()),
        ],
    )
    @settings(max_examples=40, deadline=None, derandomize=True)
    @given(data=st.data())
    def test_a_damaged_file_is_read_or_is_one_line_of_reason(
        self, name: str, content: bytes, data: st.DataObject
    ) -> None:
        damaged = bytearray(content[: data.draw(st.integers(1, len(content)))])
        places = st.integers(0, len(damaged) - 1)
        for place, value in data.draw(st.dictionaries(places, st.integers(0, 255), max_size=20)).items():
            damaged[place] = value
        try:
            article = parse_article(bytes(damaged), name=name)
        except ArticleReadError as error:
            assert str(error).strip()
            assert len(str(error).splitlines()) == 1
        else:
            assert normalise(article.text) == article.text

    def test_libraries_print_nothing_about_a_damaged_file(
        self, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        reason_of(pdf_bytes(["It rained."])[:200], "a.pdf")
        parse_article(pdf_bytes(["It rained."]).replace(b"startxref\n", b"startxref\n9"), name="a.pdf")
        reason_of(b"<html></html>", "a.html")
        assert capfd.readouterr() == ("", "")
        assert caplog.records == []


class TestReadArticle:
    def test_over_size_names_the_size_the_limit_and_the_setting(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_bytes(b"x" * 2_500_000)
        with pytest.raises(ArticleReadError, match=r"2\.50 MB.*1\.00 MB.*RAG_MAX_FILE_MB"):
            read_article(tmp_path / "a.txt", max_bytes=MEGABYTE)

    def test_a_file_of_exactly_the_limit_is_read(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_bytes(b"It rained.")
        assert read_article(tmp_path / "a.txt", max_bytes=10).text == "It rained."

    def test_what_is_no_file_is_a_reason(self, tmp_path: Path) -> None:
        (tmp_path / "folder.txt").mkdir()
        (tmp_path / "link.txt").symlink_to(tmp_path / "nowhere.txt")
        (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
        os.mkfifo(tmp_path / "pipe.txt")
        expected = {
            "folder": "a folder",
            "link": "link to a file",
            "loop": "can't be read",
            "pipe": "pipe",
            "no": "gone",
        }
        for name, reason in expected.items():
            with pytest.raises(ArticleReadError, match=reason):
                read_article(tmp_path / f"{name}.txt", max_bytes=MEGABYTE)

    def test_a_file_that_may_not_be_read_is_a_reason(self, tmp_path: Path, unprivileged: None) -> None:
        with pytest.raises(ArticleReadError, match="permission"):
            read_article(tmp_path / "locked" / "a.txt", max_bytes=MEGABYTE)


@pytest.fixture
def unprivileged(tmp_path: Path) -> Iterator[None]:
    """A folder `locked` that the test, even when it is run by root, may not look into."""
    locked = tmp_path / "locked"
    locked.mkdir()
    (locked / "a.txt").write_text("It rained.")
    locked.chmod(0)
    was_root = os.geteuid() == 0
    if was_root:
        os.seteuid(65534)
    yield
    if was_root:
        os.seteuid(0)
    locked.chmod(0o700)


class TestFindFiles:
    def test_files_come_sorted_and_without_hidden_ones(self, tmp_path: Path) -> None:
        for name in ("b.txt", "a/c.pdf", "a/photo.jpg", ".hidden", ".git/a.txt", "~$b.docx"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text("x")
        (tmp_path / "empty").mkdir()
        os.mkfifo(tmp_path / "pipe.txt")
        names = [path.relative_to(tmp_path).as_posix() for path in find_files(tmp_path)]
        assert names == ["a/c.pdf", "a/photo.jpg", "b.txt"]

    def test_linked_folders_are_followed_once_and_loops_never(self, tmp_path: Path) -> None:
        corpus, elsewhere = tmp_path / "corpus", tmp_path / "elsewhere"
        corpus.mkdir()
        elsewhere.mkdir()
        (elsewhere / "a.txt").write_text("x")
        for name, target in {"one": elsewhere, "two": elsewhere, "self": corpus, "up": tmp_path}.items():
            (corpus / name).symlink_to(target)
        (elsewhere / "back").symlink_to(corpus)
        (elsewhere / "again").symlink_to(elsewhere)
        found = [path.relative_to(corpus).as_posix() for path in find_files(corpus)]
        assert len([name for name in found if name.endswith("a.txt")]) == len(found) == 1

    def test_a_broken_link_is_found_so_that_it_can_be_reported(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").symlink_to(tmp_path / "nowhere")
        assert find_files(tmp_path) == [tmp_path / "a.txt"]

    def test_a_missing_folder_and_a_file_are_errors(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_text("x")
        with pytest.raises(CorpusError, match="doesn't exist; create it"):
            find_files(tmp_path / "nowhere")
        with pytest.raises(CorpusError, match="isn't a folder"):
            find_files(tmp_path / "a.txt")

    def test_a_folder_that_may_not_be_listed_is_an_error(self, tmp_path: Path, unprivileged: None) -> None:
        with pytest.raises(CorpusError, match="can't be read"):
            find_files(tmp_path / "locked")


def test_importing_the_module_loads_no_format_library() -> None:
    code = (
        "import sys, rag.articles;"
        "print([m for m in ('trafilatura', 'pypdf', 'docx', 'frontmatter', 'charset_normalizer', 'lxml',"
        " 'markdown_it', 'yaml') if m in sys.modules])"
    )
    root = Path(__file__).parent.parent
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "[]"


def test_reading_an_article_opens_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    for name, content in {
        "a.html": PAGE.encode(),
        "a.pdf": pdf_bytes(["It rained."]),
        "a.docx": docx_bytes(),
    }.items():
        assert parse_article(content, name=name).text


def test_the_day_in_front_matter_may_be_called_date() -> None:
    article = parse_article(b"---\ntitle: Ferry\ndate: 2024-05-03\n---\nThe ferry sank.\n", name="ferry.md")
    assert article.published == datetime.date(2024, 5, 3)
