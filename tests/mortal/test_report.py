"""The report says what the log says, and says it as text."""

import json
import shutil
import time

import h5py
import numpy as np
import pytest
import xarray
from reports import STORY, Page
from small_lives import ELDERS, life, lived

from mortal.report import history_of, report_on, write_report
from mortal.report.figure import drawing
from mortal.report.markup import data_block, table, tag

EVIL = "</script><script>alert(1)</script><b>$x_1$ & co"


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A life's folder and its log."""
    folder = tmp_path_factory.mktemp("told") / "run"
    return folder, lived(STORY, folder)


@pytest.fixture(scope="module")
def page(told):
    return Page(write_report(told[0]).read_text(encoding="utf-8"))


def test_numbers_of_exams_are_those_of_the_log(told, page):
    rows = page.table("cohort", "mean", "chance", "live on")
    log = told[1]
    assert [row["cohort"][1] for row in rows] == ["elders", "elders", "heirs", "clones"]
    seen = {}
    for row in rows:
        cohort = log[row["cohort"][1]]
        at = seen.setdefault(row["cohort"][1], 0)
        seen[row["cohort"][1]] += 1
        present = cohort["exam_present"].values[at] == 1
        accuracy = cohort["exam_accuracy"].values[at][present]
        assert float(row["mean"][0]) == pytest.approx(accuracy.mean(), abs=1e-12)
        assert row["mean"][1] == f"{accuracy.mean():.3f}"
        assert row["min"][1] == f"{accuracy.min():.3f}"
        assert row["max"][1] == f"{accuracy.max():.3f}"
        assert row["chance"][1] == f"{float(cohort['exam_chance'].values[at]):.3f}"
        assert int(row["devices"][1]) == present.sum()
        assert int(row["live on"][1]) == (cohort["exam_alive"].values[at][present] == 1).sum()


def test_every_device_stands_in_the_table_with_the_numbers_of_the_log(told, page):
    rows = page.table("device", "last accuracy", "teacher", "end")
    register = told[1]["devices"].to_dataset()
    assert [int(row["device"][1]) for row in rows] == register["serial"].values.tolist()
    for row, cohort, cause in zip(
        rows, register["cohort"].values, register["death_cause"].values, strict=True
    ):
        assert row["cohort"][1] == cohort
        assert row["end"][1] == {"": "", "accuracy": "died: accuracy", "buried": "buried"}[cause]
        group = told[1][cohort]
        at = int(np.flatnonzero(group["serial"].values == int(row["device"][1]))[0])
        sat = np.flatnonzero(group["exam_present"].values[:, at] == 1)
        if sat.size:
            last = group["exam_accuracy"].values[sat[-1], at]
            assert float(row["last accuracy"][0]) == pytest.approx(last, abs=1e-12)


def test_pages_of_devices_are_built_from_the_numbers_of_the_log(told, page):
    log = told[1]
    assert [cohort["name"] for cohort in page.data["cohorts"]] == ["elders", "heirs", "clones"]
    for cohort in page.data["cohorts"]:
        group = log[cohort["name"]]
        assert cohort["serial"] == group["serial"].values.tolist()
        for at, exam in enumerate(cohort["exams"]):
            told_of_it = np.array(exam["accuracy"], float)
            assert told_of_it == pytest.approx(
                group["exam_accuracy"].values[at], rel=1e-5, nan_ok=True
            )
        for at, epoch in enumerate(cohort["epochs"]):
            energy = np.array(epoch["energy"], float)
            assert energy == pytest.approx(group["epoch_energy"].values[at], rel=1e-5, nan_ok=True)
    (lesson,) = page.data["cohorts"][1]["lessons"]
    assert lesson["teacher_serial"] == log["heirs"]["transfer_teacher_serial"].values[0].tolist()


def test_lessons_and_copies_are_told_with_their_cost(told, page):
    (lesson,) = page.table("students", "teachers", "asked", "before", "after")
    heirs = told[1]["heirs"]
    there = heirs["transfer_present"].values[0] == 1
    after = heirs["transfer_agreement_after"].values[0][there]
    assert float(lesson["after"][0]) == pytest.approx(after.mean(), abs=1e-12)
    assert lesson["answers' size"][0] == repr(float(heirs["transfer_bits"].values[0][there][0]))
    (copy,) = page.table("copies", "originals", "weight error")
    clones = told[1]["clones"]
    error = np.nanmean(clones["copy_error"].values[0])
    assert float(copy["weight error"][0]) == pytest.approx(error, rel=1e-12)


def test_the_story_is_told_in_order(page):
    rows = page.table("step", "cohort", "what happened")
    said = [row["what happened"][1].partition(" ")[0].rstrip(":") for row in rows]
    wanted = ["born", "learnt", "examined", "aged", "taught", "weights", "buried"]
    assert [word for word in dict.fromkeys(said) if word in wanted] == wanted


def test_a_figure_has_a_name_a_caption_and_colours_of_the_page(page):
    figures = [said for name, said in page.tags if name == "svg"]
    assert len(figures) >= 6
    assert all(said["role"] == "img" and said["aria-label"] for said in figures)
    assert sum(name == "figcaption" for name, _ in page.tags) == len(figures)
    body = page.html[page.html.index("<body>") : page.html.index('<script type="application/json"')]
    assert "style=" not in body
    assert "s-c0" in body
    names = [said["id"] for _, said in page.tags if "id" in said]
    assert len(names) == len(set(names))


def test_a_page_can_be_walked_without_a_mouse(page):
    assert page.tags[page.tags.index(("body", {})) + 1][1].get("class") == "skip"
    anchors = {said["id"] for _, said in page.tags if "id" in said}
    ways = [said["href"] for name, said in page.tags if name == "a"]
    inside = [way[1:] for way in ways if not way.startswith("#device-")]
    assert set(inside) <= anchors
    heads = [said for name, said in page.tags if name == "th"]
    assert all(said.get("scope") in ("col", "row") for said in heads)
    assert sum(name == "caption" for name, _ in page.tags) == len(page.tables)


def test_the_page_asks_for_nothing(page):
    (policy,) = [said["content"] for name, said in page.tags if "http-equiv" in said]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for _, said in page.tags:
        assert "src" not in said
        assert said.get("href", "#").startswith("#")
        assert not any(key.startswith("on") for key in said)


# ---- text is text -------------------------------------------------------------------------------


def test_names_that_look_like_scripts_are_text(told):
    tree = told[1].copy(deep=True)
    tree = tree.assign({EVIL.replace("/", "|"): tree["clones"]}).drop_nodes("clones")
    register = tree["devices"].to_dataset()
    name = EVIL.replace("/", "|")
    owners = register["cohort"].values.astype(object)
    owners[owners == "clones"] = name
    rules = np.full(owners.size, EVIL, object)
    tree["devices"] = register.assign(
        cohort=("serial", owners.astype(str)), rule=("serial", rules.astype(str))
    )
    said = tree["provenance"].attrs
    said["configuration"] = json.dumps({"name": EVIL, "seed": 7, "note": EVIL})
    said["backend"] = EVIL
    seen = Page(report_on(history_of(tree)))
    assert sum(tag_name == "script" for tag_name, _ in seen.tags) == 2  # the data and page.js
    assert "b" not in {tag_name for tag_name, _ in seen.tags}
    assert EVIL in seen.text
    assert name in seen.text
    assert seen.data["cohorts"][2]["name"] == name
    assert seen.data["cohorts"][2]["rule"][0] == EVIL
    svg = seen.html[seen.html.index("<svg") : seen.html.index("</svg>")]
    assert "$x_1$" in svg, "a dollar sign is no formula"


def test_markup_escapes_whatever_is_not_markup():
    assert tag("p", "<b>", title='"&') == '<p title="&quot;&amp;">&lt;b&gt;</p>'
    assert "<i>" not in table("<i>", ["<i>"], [["<i>"]])
    block = data_block("data", {"a": "</script><!-- \u2028"})
    assert block.count("<") == 2
    assert json.loads(block[block.index(">") + 1 : block.rindex("<")]) == {
        "a": "</script><!-- \u2028"
    }


def test_two_figures_of_a_page_share_no_name():
    drawn = []
    for key in ("one", "two"):
        with drawing(3, 2, key, "points", "Points.") as figure:
            figure.panel.plot([0, 1], [0, 1], "o")
        drawn.append(Page(figure.markup))
    names = [{said["id"] for _, said in page.tags if "id" in said} for page in drawn]
    assert all(names)
    assert not names[0] & names[1]
    for page, own in zip(drawn, names, strict=True):
        used = {said["href"][1:] for _, said in page.tags if said.get("href", "").startswith("#")}
        assert used
        assert used <= own


# ---- the command --------------------------------------------------------------------------------


def test_the_command_writes_where_it_is_told(told, tmp_path, mortal):
    done = mortal("report", told[0], "--out", tmp_path / "a.html")
    assert (done.code, done.out) == (0, f"report: {tmp_path / 'a.html'}\n")
    one = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert mortal("report", told[0]).code == 0
    assert (told[0] / "report.html").read_text(encoding="utf-8") == one, "the same twice"
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]


@pytest.mark.parametrize("case", ["nothing", "other", "newer", "cut", "lost", "empty", "nowhere"])
def test_bad_input_is_one_sentence(told, tmp_path, mortal, case):
    folder = tmp_path / "run"
    out = ()
    shutil.copytree(told[0], folder, ignore=shutil.ignore_patterns("report.html", "parts"))
    log = folder / "log.h5"
    if case == "nothing":
        log.unlink()
    elif case == "other":
        log.write_text("not a log", encoding="utf-8")
    elif case == "newer":
        with h5py.File(log, "r+") as file:
            file.attrs["mortal_log_version"] = 99
    elif case == "cut":
        log.write_bytes(log.read_bytes()[:-2000])
    elif case == "lost":
        with h5py.File(log, "r+") as file:
            del file["heirs"]
            file.attrs["mortal_log_version"] = 1  # of a version that had no checksum
    elif case == "empty":
        log.write_bytes(b"")
    else:
        out = ("--out", tmp_path / "no" / "such" / "a.html")
    done = mortal("report", folder, *out)
    assert done.code == 2, done
    (line,) = done.err.splitlines()
    assert line.startswith("mortal: ")
    assert not (folder / "report.html").exists()


def test_the_command_takes_a_run_or_two(told, mortal):
    for arguments in ((), (told[0], "--compare", told[0], told[0])):
        done = mortal("report", *arguments)
        assert done.code == 2
        assert "one DIR, or --compare A B" in done.err


PEERS = """\
version: 1
name: peers
seed: 7
data: {name: digits, train: 100, test: 40}
cohorts:
  elders: {technology: exact, layers: [64, 8], count: 2}
  heirs:  {like: elders}
  pals:   {like: elders}
story:
  - train:  {cohort: elders, epochs: 1}
  - distil: {from: elders, to: heirs, pairing: all-to-each, epochs: 1,
             stages: [{budget: 20}, {answers: hard, budget: 30}]}
  - mutual: {cohort: pals, labels: 10, rounds: 2, per_round: 10}
"""


def test_ensembles_stages_and_peers_are_told(tmp_path):
    log = lived(PEERS, tmp_path / "run")
    page = Page(write_report(tmp_path / "run").read_text(encoding="utf-8"))
    lessons = page.table("students", "teachers", "asked")
    assert [row["step"][1] for row in lessons] == ["1, stage 0", "1, stage 1"]
    assert {row["teachers"][1] for row in lessons} == {"2 devices with one voice"}
    assert [row["asked"][1] for row in lessons] == ["20", "30"]
    rounds = page.table("round", "cohort", "peers", "agreement")
    wanted = np.nanmean(log["pals"]["mutual_agreement"].values, axis=1)
    assert [float(row["agreement"][0]) for row in rounds] == pytest.approx(wanted)
    assert "Nobody was examined" in page.text
    assert "Nobody died" in page.text
    assert "examine: {cohort: NAME, answers: 200}" in page.text


def test_a_run_of_births_alone_is_told_without_a_warning(tmp_path):
    lived(life("train: {cohort: elders, epochs: 0}", cohorts=[ELDERS]), tmp_path / "run")
    page = Page(write_report(tmp_path / "run").read_text(encoding="utf-8"))
    assert "lived 0 steps. Nobody died." in page.text


def test_a_thousand_devices_take_no_twenty_seconds_and_no_eight_megabytes(told):
    """Devices of the life again and again, each time with serial numbers of their own."""
    groups = {"/provenance": told[1]["provenance"].to_dataset()}
    register, times = told[1]["devices"].to_dataset(), 56
    for name in ("elders", "heirs", "clones"):
        group = told[1][name].to_dataset()
        again = np.tile(np.arange(group.sizes["device"]), times)
        copies = np.repeat(np.arange(times), group.sizes["device"]) * register.sizes["serial"]
        group = group.isel(device=again)
        groups[f"/{name}"] = group.assign_coords(serial=("device", group["serial"].values + copies))
    again = np.tile(np.arange(register.sizes["serial"]), times)
    count = again.size
    groups["/devices"] = register.isel(serial=again).assign_coords(serial=np.arange(count))
    begun = time.process_time()
    page = report_on(history_of(xarray.DataTree.from_dict(groups)))
    took = time.process_time() - begun
    assert count >= 1000
    assert len(Page(page).table("device", "teacher")) == count
    assert took < 20, f"{took:.1f} s"
    assert len(page.encode("utf-8")) < 8e6, f"{len(page.encode('utf-8')) / 1e6:.2f} MB"
