"""Reads an HTML page as a person would: its forms, links, problems and the job that it follows. Fetches nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from imagecreator.demo.errors import DemoError

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
BLOCKS = frozenset({"div", "li", "p"})
PROBLEMS = frozenset({"banner--error", "errorlist"})  # classes of what says that something is wrong
LIVE = frozenset({"queued", "running"})


@dataclass
class Form:
    """A form with the values that it would send."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Job:
    """The live part of a page, from its ``data-`` attributes; ``poll`` is where its next version comes from."""

    state: str
    words: str
    step: int
    steps: int
    percent: int
    poll: str

    @property
    def is_live(self) -> bool:
        """Whether it waits or is worked on."""
        return self.state in LIVE


@dataclass
class Page:
    """A page that was fetched from ``url``."""

    url: str
    status: int
    title: str = ""
    forms: list[Form] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    downloads: dict[str, str] = field(default_factory=dict)  # address -> suggested file name
    problems: list[str] = field(default_factory=list)
    job: Job | None = None

    def link(self, path: str) -> str | None:
        """Return the first link whose path matches the regular expression as a whole."""
        return next((link for link in self.links if re.fullmatch(path, urlsplit(link).path)), None)

    def need_link(self, path: str) -> str:
        """Like :meth:`link`; raises ``DemoError`` where there is none."""
        if link := self.link(path):
            return link
        raise DemoError(f"The page {self.url} has no link to {path}. {self.trouble()}".rstrip())

    def form(self, *, having: str = "", action: str = r".*") -> Form:
        """Return the form with a field ``having`` whose path matches; raises ``DemoError`` where there is none."""
        for form in self.forms:
            known = not having or having in form.fields or having in form.files
            if known and re.fullmatch(action, urlsplit(form.action).path):
                return form
        raise DemoError(f"The page {self.url} has no form for “{having or action}”. {self.trouble()}".rstrip())

    def trouble(self) -> str:
        """What the page says is wrong, or where that is nothing, what it is."""
        return " ".join(self.problems) or f"It answered {self.status}: {self.title}"


def read_page(html: str, url: str, status: int) -> Page:
    """Parse ``html``."""
    page = Page(url, status)
    reader = _Reader(page)
    reader.feed(html)
    reader.close()
    page.problems = [" ".join(text.split()) for text in page.problems]
    page.title = " ".join(page.title.split())
    return page


class _Reader(HTMLParser):
    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page
        self.form: Form | None = None
        self.open: list[tuple[str, bool, bool]] = []  # tag, is it a problem, is it no text of the page
        self.textarea = self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        classes = set(given.get("class", "").split())
        if tag not in VOID:
            problem = bool(classes & PROBLEMS) and not self._inside(1)
            self.open.append((tag, problem, "hidden" in given or tag in ("button", "template")))
            if problem and not self._inside(2):
                self.page.problems.append("")
        if given.get("id") == "job":
            self._read_job(given)
        if tag == "a" and "href" in given:
            self._read_link(given)
        elif tag == "form":
            self.form = Form(urljoin(self.page.url, given.get("action", "")))
            self.page.forms.append(self.form)
        elif self.form is not None:
            self._read_field(self.form, tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and any(opened == tag for opened, _, _ in self.open):
            while self.open.pop()[0] != tag:
                pass
        if tag in BLOCKS and self.page.problems:
            self.page.problems[-1] += " "
        if tag == "form":
            self.form = None
        if tag == "textarea" and self.form is not None and self.textarea:
            self.form.fields[self.textarea] = self.form.fields[self.textarea].removeprefix("\n")  # as a browser does
            self.textarea = ""
        self.select = "" if tag == "select" else self.select

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1][0] == "title" and not any(tag == "svg" for tag, _, _ in self.open):
            self.page.title += data
        if self._inside(1) and not self._inside(2):
            self.page.problems[-1] += data
        if self.form is not None and self.textarea:
            self.form.fields[self.textarea] += data

    def _inside(self, what: int) -> bool:
        return any(opened[what] for opened in self.open)

    def _read_link(self, given: dict[str, str]) -> None:
        address = urljoin(self.page.url, given["href"])
        self.page.links.append(address)
        if "download" in given:
            self.page.downloads[address] = given["download"]

    def _read_job(self, given: dict[str, str]) -> None:
        self.page.job = Job(
            state=given.get("data-state", ""),
            words=given.get("data-announce", "") or given.get("data-stage", ""),
            step=int(given.get("data-step") or 0),
            steps=int(given.get("data-steps") or 0),
            percent=int(given.get("data-percent") or 0),
            poll=urljoin(self.page.url, given["hx-get"]) if given.get("hx-get") else self.page.url,
        )

    def _read_field(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name, kind = given.get("name", ""), given.get("type", "text")
        if tag == "option" and self.select:
            if "selected" in given or self.select not in form.fields:
                form.fields[self.select] = given.get("value", "")
        elif not name:
            return
        elif tag == "textarea":
            self.textarea = name
            form.fields[name] = ""
        elif tag == "select":
            self.select = name
        elif tag == "input" and kind == "file":
            form.files.append(name)
        elif tag == "input" and kind in ("radio", "checkbox"):
            if "checked" in given:
                form.fields[name] = given.get("value", "on")
        elif tag == "input" and kind not in ("submit", "button", "reset"):
            form.fields[name] = given.get("value", "")
