"""Control arms, written out before validation: a word in a lesson, cohorts and steps in the story.

`controls: [untaught]` of a lesson of heirs makes a cohort `heirs-untaught` of the very devices that
the heirs are. What happens to the heirs by name (an exam, rest, a burial) happens to it too.
"""

from collections.abc import Mapping
from typing import Any

from mortal.config.marks import Document, Mark
from mortal.config.nodes import Node, document_of, node_of
from mortal.errors import ConfigError

__all__ = ["with_controls"]

_SCHEDULE = ("epochs", "batch", "rate", "decay", "falls", "stop")
_CLASSES = ("without", "only")
_ASKED, _TAUGHT = ("from", "teachers"), ("to", "student")

_Step = Mapping[str, tuple[Mark, Node]]
_Arms = dict[str, dict[str, Mark]]  # of each taught cohort: its arms, and where they were asked for


def with_controls(document: Document) -> Document:
    """Return the document with the controls of its lessons written out.

    They come after all other cohorts, which so keep their serial numbers, and after their lesson.

    Args:
        document: a valid configuration, its sweep expanded.

    Raises:
        ConfigError: an arm that cannot be, or a cohort has its name.
    """
    data: Any = document.data
    whole = node_of(document, data, ())
    arms: _Arms = {}
    _collect(whole.value["story"][1], arms)
    if not arms:
        return document
    fields = dict(whole.value)
    key, cohorts = fields["cohorts"]
    lives = dict(cohorts.value)
    for target, own in arms.items():
        for arm, mark in own.items():
            name = f"{target}-{arm}"
            if name in lives:
                raise ConfigError(
                    f"{lives[name][0].within(document.origin)}: the controls of {target} make a "
                    f"cohort {name} of their own; call this one otherwise"
                )
            if target in lives:  # else a lesson of nobody, which is told when it is checked
                lives[name] = (mark, _cohort(lives[target][1], target, arm, mark))
    fields["cohorts"] = (key, cohorts._replace(value=lives))
    key, story = fields["story"]
    fields["story"] = (key, story._replace(value=_told(story.value, arms, document.origin)))
    return document_of(whole._replace(value=fields), document.origin)


def _collect(story: Node, arms: _Arms) -> None:
    for entry in story.value:
        ((word, (_, step)),) = entry.value.items()
        if "story" in step.value:
            _collect(step.value["story"][1], arms)
        elif word == "distil" and (wanted := _wanted(step.value)):
            own = arms.setdefault(_named(step.value, _TAUGHT)[1].value, {})
            for arm in wanted:
                own.setdefault(arm.value, arm.mark)


def _wanted(step: _Step) -> list[Node]:
    return list(step["controls"][1].value or ()) if "controls" in step else []


def _named(step: _Step, names: tuple[str, ...]) -> tuple[str, Node]:
    """Return what a lesson calls its teachers, or its students, and who they are."""
    key = next(name for name in names if name in step)
    return key, step[key][1]


def _cohort(model: Node, target: str, arm: str, mark: Mark) -> Node:
    """Return the cohort of an arm: like the taught one, and made as it was."""
    own = {key: node.value for key, (_, node) in model.value.items()}
    variant = own.get("variant")
    said: dict[str, Any] = {
        "like": target,
        "identical_to": own.get("identical_to") or target,
        "regrown_with": own.get("regrown_with") or target,
        "variant": arm if variant is None else f"{variant}, {arm}",
    }
    if arm == "untaught":
        said["death"] = {}  # it knows nothing, and is not to die of that
    return _mapping(said, mark)


def _told(story: list[Node], arms: _Arms, origin: str) -> list[Node]:
    """Return a story in which controls share what happens to the cohorts they stand beside."""
    told = []
    for entry in story:
        ((word, (key, step)),) = entry.value.items()
        fields = dict(step.value)
        added: list[Node] = []
        if "story" in fields:
            mark, inner = fields["story"]
            heirs = _heirs(inner.value)
            if heirs and "succession" not in fields:
                fields["succession"] = (mark, _mapping(heirs, mark))  # controls succeed nobody
            fields["story"] = (mark, inner._replace(value=_told(inner.value, arms, origin)))
        elif "cohort" in fields:
            mark, named = fields["cohort"]
            fields["cohort"] = (mark, _with_arms(named, arms))
        elif word == "distil" and "controls" in fields:
            wanted = _wanted(fields)
            del fields["controls"]
            added = [new for arm in wanted for new in _steps(arm, fields, key, origin)]
        told.append(entry._replace(value={word: (key, step._replace(value=fields))}))
        told += added
    return told


def _heirs(story: list[Node]) -> dict[str, str]:
    """Return who takes whose place where nothing is said of it, as the lessons go."""
    heirs: dict[str, str] = {}
    for entry in story:
        ((word, (_, step)),) = entry.value.items()
        if "story" in step.value:
            heirs |= _heirs(step.value["story"][1].value)
        elif word == "distil":
            asked = _named(step.value, _ASKED)[1].value
            teacher = asked[0].value if isinstance(asked, list) else asked
            heirs[teacher] = _named(step.value, _TAUGHT)[1].value
    return heirs


def _with_arms(named: Node, arms: _Arms) -> Node:
    names = [named] if isinstance(named.value, str) else named.value
    if not any(name.value in arms for name in names):
        return named
    said = {name.value for name in names}
    beside = [
        name._replace(value=f"{name.value}-{arm}")
        for name in names
        for arm in arms.get(name.value, ())
        if f"{name.value}-{arm}" not in said
    ]
    return named._replace(value=[*names, *beside])


def _steps(arm: Node, lesson: _Step, key: Mark, origin: str) -> list[Node]:
    """Return what an arm lives while its heirs are taught."""
    student, taught = _named(lesson, _TAUGHT)
    name = arm._replace(value=f"{taught.value}-{arm.value}")
    if arm.value == "labels":
        return [_entry("train", step, key) for step in _labelled(arm, lesson, name, origin)]
    if arm.value == "hard":
        return [_entry("distil", _hard(lesson) | {student: (arm.mark, name)}, key)]
    if arm.value in ("copy", "read-out"):
        return [_entry("copy", _copied(arm, lesson, name, origin), key)]
    return []


def _labelled(arm: Node, lesson: _Step, name: Node, origin: str) -> list[dict[str, Any]]:
    """Return trainings with as many true labels as answers, shown as often as these are."""
    stages = lesson["stages"][1].value if "stages" in lesson else None
    parts = [dict(lesson)] if not stages else [{**lesson, **stage.value} for stage in stages]
    steps = []
    for part in parts:
        if part.get("budget_bits", (None, Node(None, arm.mark)))[1].value is not None:
            raise ConfigError(
                f"{arm.mark.within(origin)}: the control labels is given as many labels as there "
                "are answers; say the budget in answers (budget), not in bits"
            )
        step = {field: part[field] for field in _SCHEDULE if field in part}
        step["cohort"] = (arm.mark, name)
        if "budget" in part:
            step["budget"] = part["budget"]
        step |= _shown(part)
        rounds = part["rounds"][1].value if "rounds" in part else 1
        # Where a budget of pulses or energy takes the place of epochs, it does so here too.
        if rounds > 1 and ("epochs" in part or not _has_budget(part)):
            epochs = part["epochs"][1].value if "epochs" in part else 10
            # What was asked in the first of R rounds is shown in all of them: (R + 1) / 2 on the
            # average.
            step["epochs"] = (arm.mark, Node(-(-epochs * (rounds + 1) // 2), arm.mark))
        steps.append(step)
    return steps


def _has_budget(lesson: _Step) -> bool:
    stop = lesson["stop"][1].value if "stop" in lesson else None
    return isinstance(stop, dict) and bool({"pulses", "energy"} & set(stop))


def _shown(lesson: _Step) -> dict[str, tuple[Mark, Node]]:
    """Return the split that the questions are of, and the classes, where there is one source."""
    given = lesson["inputs"][1] if "inputs" in lesson else None
    sources = given.value if given and isinstance(given.value, list) else [given] if given else []
    if len(sources) != 1:
        return {}
    (source,) = sources
    if not isinstance(source.value, dict):
        return {"data": (source.mark, source)} if source.value == "validation" else {}
    said = {key: source.value[key] for key in _CLASSES if key in source.value}
    for key in ("name", "of"):
        if key in source.value and source.value[key][1].value == "validation":
            said["data"] = source.value[key]
    return said


def _hard(lesson: _Step) -> dict[str, tuple[Mark, Node]]:
    """Return the same lesson with nothing answered but the most likely class."""
    soft = ("answers", "keep", "layer")
    fields = {field: part for field, part in lesson.items() if field not in soft}
    if "stages" in fields:
        mark, stages = fields["stages"]
        left = [
            stage._replace(value={k: part for k, part in stage.value.items() if k not in soft})
            for stage in stages.value or ()
        ]
        fields["stages"] = (mark, stages._replace(value=left))
    here = next(iter(lesson.values()))[0]
    return fields | {"answers": (here, Node("hard", here))}


def _copied(arm: Node, lesson: _Step, name: Node, origin: str) -> dict[str, Any]:
    teachers = _named(lesson, _ASKED)[1]
    several = teachers.value if isinstance(teachers.value, list) else [teachers]
    pairing = lesson["pairing"][1].value if "pairing" in lesson else "one-to-one"
    if len(several) > 1 or pairing != "one-to-one":
        raise ConfigError(
            f"{arm.mark.within(origin)}: the control {arm.value} copies one device into another, "
            "rank by rank; it needs one teacher a student (pairing: one-to-one)"
        )
    step = {"from": (arm.mark, several[0]), "to": (arm.mark, name)}
    if arm.value == "read-out":
        default = Node(0.1, arm.mark)
        step["read_error"] = lesson.get("read_error", (arm.mark, default))
    return step


def _entry(word: str, step: Mapping[str, Any], key: Mark) -> Node:
    return Node({word: (key, Node(dict(step), key))}, key)


def _mapping(said: Mapping[str, Any], mark: Mark) -> Node:
    """Return a mapping whose every part stands at one place."""
    parts = {
        key: (mark, _mapping(value, mark) if isinstance(value, dict) else Node(value, mark))
        for key, value in said.items()
    }
    return Node(parts, mark)
