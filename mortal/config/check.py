"""What a story asks of its cohorts and data, checked before anything is grown."""

from collections.abc import Iterator, Mapping, Sequence

from mortal.config.explain import did_you_mean
from mortal.config.marks import Place
from mortal.config.models import CohortConfig
from mortal.config.resolve import Plan
from mortal.config.steps import (
    CopyStep,
    DistilStep,
    Entry,
    ExamineStep,
    RepeatStep,
    Step,
    step_of,
)
from mortal.data import Dataset
from mortal.data import load as load_data
from mortal.errors import ConfigError, DataError
from mortal.memory import installed, least, spelled

__all__ = ["check", "data_for", "succession_of", "walk"]


def walk(story: Sequence[Entry], place: Place = ("story",)) -> Iterator[tuple[Place, str, Step]]:
    """Yield every step with its place, those inside `repeat` after it."""
    for number, entry in enumerate(story):
        word, step = step_of(entry)
        here = (*place, number, word)
        yield here, word, step
        if isinstance(step, RepeatStep):
            yield from walk(step.story, (*here, "story"))


def succession_of(step: RepeatStep) -> Mapping[str, str]:
    """Return who takes whose place after each generation: `{elders: heirs}`."""
    if step.succession is not None:
        return step.succession
    inner = [inside for _, _, inside in walk(step.story)]
    return {s.teacher: s.student for s in inner if isinstance(s, DistilStep)}


def data_for(plan: Plan) -> Dataset:
    """Return the data of a plan, with the story held against it: all that is known before growth.

    Raises:
        ConfigError: the data is missing or damaged, or `check` refuses the story.
    """
    wanted = plan.config.data
    try:
        data = load_data(
            wanted.name,
            path=wanted.path,
            train=wanted.train,
            validation=wanted.validation,
            test=wanted.test,
            seed=wanted.seed,
        )
    except DataError as error:
        raise ConfigError(f"{plan.where('data')}: {error}") from None
    check(plan, data)
    return data


def check(plan: Plan, data: Dataset) -> None:
    """Hold the story against its cohorts and the data.

    Raises:
        ConfigError: a cohort that is not there, layers that do not fit, cohorts that cannot meet,
            more devices than this machine holds.
    """
    if data.classes < 2:
        raise ConfigError(f"{plan.where('data')}: {data.name} has one class; nothing can be learnt")
    cohorts = plan.config.cohorts
    for name, cohort in cohorts.items():
        if cohort.layers[0] != data.features:
            raise ConfigError(
                f"{plan.where('cohorts', name, 'layers')}: cohorts.{name}.layers begins with "
                f"{cohort.layers[0]}, but {data.name} has {data.features} features"
            )
        if cohort.identical_to is not None:
            twin = _cohort(plan, ("cohorts", name, "identical_to"), cohort.identical_to)
            if list(cohorts).index(twin[0]) >= list(cohorts).index(name):
                raise ConfigError(
                    f"{plan.where('cohorts', name, 'identical_to')}: {twin[0]} must be declared "
                    f"before {name}, which repeats its manufacture"
                )
            _same_count(plan, ("cohorts", name, "identical_to"), (name, cohort), twin)
    for place, _, step in walk(plan.config.story):
        _check_step(plan, data, place, step)
    _refuse_strays(plan)
    _refuse_more_than_memory(plan)


def _check_step(plan: Plan, data: Dataset, place: Place, step: Step) -> None:
    for key, names in _mentioned(step):
        for name in names:
            _cohort(plan, (*place, key), name)
    if isinstance(step, DistilStep | CopyStep):
        first, second = _pair(step)
        if first == second:
            raise ConfigError(f"{plan.where(*place, 'to')}: {first} cannot be both from and to")
        source, target = (plan.config.cohorts[name] for name in (first, second))
        _same_count(plan, (*place, "to"), (second, target), (first, source))
        if isinstance(step, CopyStep) and (source.layers, source.rule) != (
            target.layers,
            target.rule,
        ):
            raise ConfigError(
                f"{plan.where(*place, 'to')}: weights of {first} have no place in {second}: "
                "copying needs the same layers and rule on both sides (distilling does not)"
            )
    split = getattr(step, "data", getattr(step, "inputs", "train"))
    if split == "validation" and data.inputs_validation.shape[0] == 0:
        raise ConfigError(
            f"{plan.where(*place)}: there are no validation samples; set data.validation above 0"
        )
    if isinstance(step, ExamineStep):
        asked = len(getattr(data, f"labels_{step.data}"))
        if step.answers > asked:
            raise ConfigError(
                f"{plan.where(*place, 'answers')}: {step.answers} answers are to be logged, and "
                f"{step.data} has {asked} questions"
            )
    if isinstance(step, RepeatStep):
        for elder, heir in (step.succession or {}).items():
            for name in (elder, heir):
                _cohort(plan, (*place, "succession"), name)


def _refuse_strays(plan: Plan) -> None:
    """Refuse a cohort that `--set` has made and no step names: a slip in the name of another."""
    named: set[str] = set()
    for _, _, step in walk(plan.config.story):
        named.update(name for _, names in _mentioned(step) for name in names)
        if isinstance(step, RepeatStep):
            named.update(name for pair in (step.succession or {}).items() for name in pair)
    for name in plan.config.cohorts:
        place = plan.document.find(("cohorts", name), key=True)
        if place.argument and name not in named:
            raise ConfigError(
                f"{place.argument}: no step of the story names a cohort {name!r}"
                f"{did_you_mean(name, named)}"
            )


def _refuse_more_than_memory(plan: Plan) -> None:
    """Refuse what would be killed while it grows, where all cohorts are grown at the beginning."""
    memory, needed = installed(), 0
    for name, cohort in plan.config.cohorts.items():
        needed += least(plan.technologies[name], cohort.layers, cohort.count)
        if memory is not None and needed > memory:
            raise ConfigError(
                f"{plan.where('cohorts', name, 'count')}: the devices down to {name} need at least "
                f"{spelled(needed)} of memory, and this machine has {spelled(memory)}; take fewer "
                "devices or smaller layers"
            )


def _mentioned(step: Step) -> list[tuple[str, Sequence[str]]]:
    if isinstance(step, DistilStep | CopyStep):
        first, second = _pair(step)
        return [("from", (first,)), ("to", (second,))]
    return [("cohort", getattr(step, "cohort", ()))]


def _pair(step: DistilStep | CopyStep) -> tuple[str, str]:
    if isinstance(step, DistilStep):
        return step.teacher, step.student
    return step.source, step.target


def _cohort(plan: Plan, place: Place, name: str) -> tuple[str, CohortConfig]:
    cohorts = plan.config.cohorts
    if name not in cohorts:
        raise ConfigError(
            f"{plan.where(*place)}: no cohort is called {name!r}{did_you_mean(name, cohorts)} "
            f"(there are: {', '.join(cohorts)})"
        )
    return name, cohorts[name]


def _same_count(
    plan: Plan, place: Place, one: tuple[str, CohortConfig], other: tuple[str, CohortConfig]
) -> None:
    if one[1].count != other[1].count:
        raise ConfigError(
            f"{plan.where(*place)}: {one[0]} has {one[1].count} devices and {other[0]} has "
            f"{other[1].count}; they pair one to one, so give them the same count"
        )
