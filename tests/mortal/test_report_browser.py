"""The report in a real browser: it loads alone, complains of nothing, sorts, filters, and opens."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from reports import STORY
from small_lives import lived

from mortal.report import write_comparison, write_report

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "scripts"))

from chromium import browser, chromium_path  # noqa: E402

HERE = """(() => {
  const rows = Array.from(document.querySelectorAll("#people tbody tr"));
  return rows.filter((row) => !row.hidden).map((row) => row.cells[COLUMN].textContent);
})()"""


def column(page, title):
    """What stands in a column of the table of devices, from top to bottom, as far as shown."""
    heads = page.run(
        "Array.from(document.querySelectorAll('#people thead th'), (head) => head.textContent)"
    )
    return page.run(HERE.replace("COLUMN", str(heads.index(title))))


def click_heading(page, title):
    page.run(
        "Array.from(document.querySelectorAll('#people thead button'))"
        f".find((button) => button.textContent === '{title}').click()"
    )


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder = tmp_path_factory.mktemp("seen") / "run"
    log = lived(STORY, folder)
    write_report(folder)
    return folder, log


@pytest.fixture(scope="module")
def chromium():
    if chromium_path() is None and not os.environ.get("CI"):
        pytest.skip("no Chromium is installed, so nobody looks at the report")
    with browser() as page:
        yield page


@pytest.fixture
def page(chromium, told):
    """The report, opened anew by day on a wide screen."""
    chromium.complaints.clear()
    chromium.requests.clear()
    chromium.show(1280, 900)
    chromium.open("about:blank")
    chromium.requests.clear()
    chromium.open((told[0] / "report.html").as_uri())
    return chromium


def test_the_browser_complains_of_nothing_and_asks_nobody(page, told):
    page.run("location.hash = '#device-3'")
    page.run("new Promise((done) => setTimeout(done, 100))")
    assert page.complaints == []
    assert page.requests == [(told[0] / "report.html").as_uri()]


def test_what_would_leave_the_page_is_stopped(page):
    """Or the test above could not fail."""
    script = "fetch('http://127.0.0.1:9/').then(() => 'left', () => 'stopped')"
    assert page.run(script) == "stopped"
    page.run("document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/a.png'}))")
    page.run("new Promise((done) => setTimeout(done, 100))")
    assert any("Content Security Policy" in line for line in page.complaints), page.complaints


def test_a_table_sorts_up_and_down_by_number(page):
    accuracy = column(page, "last accuracy")
    known = sorted(float(value) for value in accuracy if value != "–")
    click_heading(page, "last accuracy")
    found = column(page, "last accuracy")
    assert [float(value) for value in found[: len(known)]] == known
    sorts = "document.querySelector('#people th[aria-sort]:not([aria-sort=none])').ariaSort"
    assert page.run(sorts) == "ascending"
    click_heading(page, "last accuracy")
    assert [float(value) for value in column(page, "last accuracy")[: len(known)]] == known[::-1]
    assert page.run(sorts) == "descending"


def test_absent_numbers_sort_last_either_way(page):
    for _ in range(2):
        click_heading(page, "teacher")
        found = column(page, "teacher")
        absent = found.count("–")
        assert 0 < absent < len(found)
        assert found[-absent:] == ["–"] * absent


def test_the_filter_leaves_what_holds_all_words(page):
    page.run("""(() => {
      const filter = document.getElementById("filter");
      filter.value = "heirs 7";
      filter.dispatchEvent(new Event("input"));
    })()""")
    assert set(column(page, "cohort")) == {"heirs"}
    assert "7" in column(page, "device")
    said = page.run("document.getElementById('found').textContent")
    assert said.startswith(str(len(column(page, "device"))))


def test_a_device_opens_by_keyboard_and_tells_the_log_s_numbers(page, told):
    heirs = told[1]["heirs"]
    at = int(np.flatnonzero(heirs["transfer_present"].values[0] == 1)[0])
    serial = int(heirs["serial"].values[at])
    page.run(f"document.querySelector('#people a[href=\"#device-{serial}\"]').focus()")
    page.press("Enter", 13)
    page.run("new Promise((done) => setTimeout(done, 100))")
    assert page.run("document.querySelector('#device h1').textContent") == f"Device {serial}"
    assert page.run("document.activeElement.id") == "device"
    assert page.run("document.getElementById('report').hidden")
    shown = page.run("document.getElementById('device').textContent")
    assert f"{heirs['exam_accuracy'].values[0, at]:.3f}" in shown
    assert f"{heirs['transfer_agreement_after'].values[0, at]:.3f}" in shown
    page.run("history.back()")
    page.run("new Promise((done) => setTimeout(done, 200))")
    assert not page.run("document.getElementById('report').hidden")
    assert page.run("document.getElementById('device').hidden")


def test_an_unknown_device_is_a_sentence(page):
    page.run("location.hash = '#device-999'")
    page.run("new Promise((done) => setTimeout(done, 100))")
    assert "no device of this number" in page.run("document.body.innerText")


def test_night_comes_by_preference_and_by_button(page):
    ground = "getComputedStyle(document.body).backgroundColor"
    day = page.run(ground)
    page.show(1280, 900, is_dark=True)
    night = page.run(ground)
    assert day != night
    ink = "getComputedStyle(document.querySelector('svg.figure .f-ink')).fill"
    dark_ink = page.run(ink)
    page.run("document.getElementById('theme').click()")
    assert page.run(ground) == day
    assert page.run(ink) != dark_ink


def test_a_narrow_screen_is_not_wider_than_itself(page):
    page.show(400, 800)
    assert page.run("document.documentElement.scrollWidth") <= 400


def test_a_comparison_is_as_quiet(chromium, told, tmp_path):
    chromium.complaints.clear()
    chromium.open("about:blank")
    chromium.requests.clear()
    address = write_comparison(told[0], told[0], tmp_path / "c.html").as_uri()
    chromium.open(address)
    assert chromium.complaints == []
    assert chromium.requests == [address]
