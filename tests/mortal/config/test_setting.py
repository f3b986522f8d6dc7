import pytest
from hypothesis import given
from hypothesis import strategies as st

from mortal.config.overrides import override
from mortal.config.reading import read
from mortal.errors import ConfigError

LIFE = """\
version: 1
cohorts: {elders: {count: 8}, slow-learners: {count: 2}}
story:
  - train: {cohort: elders, epochs: 20}
  - examine: null
"""


def changed(*assignments: str) -> object:
    return read(LIFE, overrides=assignments).data


def refusal(assignment: str) -> str:
    with pytest.raises(ConfigError) as caught:
        changed(assignment)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("assignment", "path", "value"),
    [
        ("cohorts.elders.count=4", ("cohorts", "elders", "count"), 4),
        ("cohorts.slow-learners.count=4", ("cohorts", "slow-learners", "count"), 4),
        ("story.0.train.epochs=3", ("story", 0, "train", "epochs"), 3),
        ("data.path=/x", ("data", "path"), "/x"),
        ("rate=1e-6", ("rate",), 1e-6),
        ("rate= 010", ("rate",), 10),
        ("rate='010'", ("rate",), "010"),
        ("name=a=b", ("name",), "a=b"),
        ("by=3 years", ("by",), "3 years"),
        ("layers=[64, 10]", ("layers",), [64, 10]),
        ("data={name: digits}", ("data", "name"), "digits"),
        ("cohorts=", ("cohorts",), None),
        ("cohorts=~", ("cohorts",), None),
    ],
)
def test_a_value_is_put_where_its_name_leads(
    assignment: str, path: tuple[str | int, ...], value: object
) -> None:
    document = read(LIFE, overrides=[assignment])
    assert document.at(path) == value
    assert document.where(path) == f"--set {' '.join(assignment.split())}"
    assert document.where(path, key=True) == f"--set {' '.join(assignment.split())}"


def test_later_assignments_win_and_build_on_earlier_ones() -> None:
    document = read(LIFE, overrides=["data={name: x}", "data.name=y", "data.size=3"])
    assert document.at(("data",)) == {"name": "y", "size": 3}
    assert document.where(("data", "name")) == "--set data.name=y"
    assert document.where(("data",)) == "--set data={name: x}"


def test_what_stood_below_a_replaced_value_is_forgotten() -> None:
    document = read(LIFE, overrides=["story.0={train: {epochs: 1}}"])
    assert document.where(("story", 0, "train", "cohort")) == "--set story.0={train: {epochs: 1}}"
    assert document.where(("story", 1)) == "text:5:5"


def test_the_given_document_stays_as_it_was() -> None:
    document = read(LIFE)
    override(document, ["story.0.train.epochs=3", "cohorts.elders=~"])
    assert document.data == read(LIFE).data
    assert document.marks == read(LIFE).marks


@pytest.mark.parametrize(
    ("assignment", "words"),
    [
        ("story.9.train.epochs=3", "story has 2 steps (0 to 1)"),
        ("story.-1.train=3", "story has 2 steps (0 to 1)"),
        ("story.train=3", "story has 2 steps (0 to 1)"),
        (f"story.{'9' * 5000}=3", "story has 2 steps (0 to 1)"),
        ("version.x=3", "version is 1, and has no x"),
        ("story.1.examine.cohort=a", "story[1].examine is nothing, and has no cohort"),
        ("name", "write KEY=VALUE"),
        ("=3", "write KEY=VALUE"),
        ("a..b=3", "write KEY=VALUE"),
        ("a.=3", "write KEY=VALUE"),
        ("a=#fff", "# begins a comment"),
        ("a=[1", "a bracket is never closed"),
        ("a=b: c", "write a list as [a, b] and a mapping as {key: value}"),
        ("a=&x 1", "anchors"),
        ("a=!!str 1", "tags"),
        (".".join("a" * 60) + "=1", "KEY goes more than 50 deep"),
    ],
)
def test_an_assignment_that_leads_nowhere_is_one_sentence(assignment: str, words: str) -> None:
    assert refusal(assignment).startswith(f"--set {assignment}: {words}")


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_assignment_is_made_or_a_config_error(name: str, value: str) -> None:
    try:
        changed(f"{name}={value}")
        message = ""
    except ConfigError as error:
        message = str(error)
    assert message == "" or message.startswith("--set")
