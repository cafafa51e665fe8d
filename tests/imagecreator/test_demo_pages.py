"""How the demonstration reads a page: forms, links, problems and the job."""

from __future__ import annotations

import pytest

from imagecreator.demo.errors import DemoError
from imagecreator.demo.pages import Page, read_page

PAGE = """
<!DOCTYPE html><title>Generate · Image Creator</title><svg><title>An icon</title></svg>
<a href="/channels/new/">New</a> <a href="/images/1/file/" download="thumbnail-7.png">Download</a>
<div id="job" data-state="running" data-stage="paint" data-step="3" data-steps="12" data-percent="25"
     data-announce="Painting" hx-get="/requests/1/status/"></div>
<form method="post">
  <input type="hidden" name="csrfmiddlewaretoken" value="secret">
  <textarea name="prompt">
a boat &amp; the sea</textarea>
  <input type="radio" name="count" value="1"><input type="radio" name="count" value="4" checked>
  <select name="style"><option value="a">A<option value="b" selected>B</select>
  <input type="file" name="file"><input type="checkbox" name="no"><button name="go">Go</button>
</form>
<form method="post" action="/images/1/use/"><button>Use this</button></form>
<div class="banner banner--error" hidden><p>Not said.</p></div>
"""


@pytest.fixture
def page() -> Page:
    return read_page(PAGE, "http://site/videos/1/generate/", 200)


def test_a_form_has_the_values_that_a_browser_would_send(page: Page) -> None:
    form = page.form(having="prompt")
    assert form.action == "http://site/videos/1/generate/"
    assert form.files == ["file"]
    assert form.fields == {
        "csrfmiddlewaretoken": "secret",
        "prompt": "a boat & the sea",
        "count": "4",
        "style": "b",
    }


def test_forms_and_links_are_found_by_their_path(page: Page) -> None:
    assert page.form(action=r"/images/\w+/use/").action == "http://site/images/1/use/"
    assert page.link("/channels/new/") == "http://site/channels/new/"
    assert page.link("/channels/") is None
    assert page.downloads == {"http://site/images/1/file/": "thumbnail-7.png"}


def test_the_job_is_read_from_its_attributes(page: Page) -> None:
    assert page.job is not None
    assert page.job.is_live
    assert (page.job.words, page.job.step, page.job.steps, page.job.percent) == ("Painting", 3, 12, 25)
    assert page.job.poll == "http://site/requests/1/status/"


def test_hidden_problems_are_not_problems(page: Page) -> None:
    assert page.problems == []
    assert page.title == "Generate · Image Creator"


def test_a_missing_form_is_explained_with_what_the_page_says() -> None:
    said = "<p>The disk is full.</p><br><p>Tell the <b>operator</b>.</p><button>Try again</button>"
    html = f'<div class="banner banner--error">{said}</div><p>x</p>'
    page = read_page(html, "http://site/", 200)
    with pytest.raises(DemoError, match=r"no form for “file”\. The disk is full\. Tell the operator\."):
        page.form(having="file")


def test_the_errors_of_a_field_are_problems() -> None:
    page = read_page('<ul class="errorlist" id="e"><li>Too long.</li><li>Too odd.</li></ul>', "http://site/", 200)
    assert page.problems == ["Too long. Too odd."]
