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
    MutualStep,
    RepeatStep,
    Step,
    TrainStep,
    step_of,
)
from mortal.config.teaching_checks import (
    check_distil,
    check_mutual,
    check_train,
    require_samples,
    same_count,
)
from mortal.data import Dataset
from mortal.data import load as load_data
from mortal.errors import ConfigError, DataError
from mortal.memory import installed, least, spelled

__all__ = ["check", "data_for", "meetings_of", "succession_of", "walk"]


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
    return {s.teachers[0]: s.student for s in inner if isinstance(s, DistilStep)}


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
            same_count(plan, ("cohorts", name, "identical_to"), (name, cohort), twin)
        if cohort.regrown_with is not None:
            _cohort(plan, ("cohorts", name, "regrown_with"), cohort.regrown_with)
    for place, _, step in walk(plan.config.story):
        _check_step(plan, data, place, step)
    _refuse_strays(plan)
    _refuse_more_than_memory(plan)


def _check_step(plan: Plan, data: Dataset, place: Place, step: Step) -> None:
    for key, names in _mentioned(step):
        for name in names:
            _cohort(plan, (*place, key), name)
    for first, second in meetings_of(step):
        if first == second:
            raise ConfigError(f"{plan.where(*place, 'to')}: {first} cannot be both from and to")
    if isinstance(step, CopyStep):
        first, second = step.source, step.target
        source, target = (plan.config.cohorts[name] for name in (first, second))
        same_count(plan, (*place, "to"), (second, target), (first, source))
        if (source.layers, source.rule) != (target.layers, target.rule):
            raise ConfigError(
                f"{plan.where(*place, 'to')}: weights of {first} have no place in {second}: "
                "copying needs the same layers and rule on both sides (distilling does not)"
            )
    if isinstance(step, DistilStep):
        check_distil(plan, data, place, step)
    elif isinstance(step, MutualStep):
        check_mutual(plan, data, place, step)
    elif isinstance(step, TrainStep):
        check_train(plan, data, place, step)
    elif isinstance(step, ExamineStep):
        require_samples(plan, data, place, step.data)
        asked = len(getattr(data, f"labels_{step.data}"))
        if step.answers > asked:
            raise ConfigError(
                f"{plan.where(*place, 'answers')}: {step.answers} answers are to be logged, and "
                f"{step.data} has {asked} questions"
            )
    elif isinstance(step, RepeatStep):
        for elder, heir in (step.succession or {}).items():
            for name in (elder, heir):
                _cohort(plan, (*place, "succession"), name)
        _refuse_unequal_succession(plan, place, step)


def _refuse_unequal_succession(plan: Plan, place: Place, step: RepeatStep) -> None:
    """Refuse heirs of another number in the place of those who meet others rank by rank."""
    if step.generations == 1:
        return
    cohorts = plan.config.cohorts
    by_rank = {
        name
        for _, _, inner in walk(step.story)
        if not isinstance(inner, DistilStep) or inner.pairing != "all-to-each"
        for name, _ in meetings_of(inner)
    }
    for elder, heir in succession_of(step).items():
        if elder in by_rank and elder in cohorts and heir in cohorts:
            same_count(plan, place, (heir, cohorts[heir]), (elder, cohorts[elder]))


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
    if isinstance(step, DistilStep):
        return [("from", step.teachers), ("to", (step.student,))]
    if isinstance(step, CopyStep):
        return [("from", (step.source,)), ("to", (step.target,))]
    return [("cohort", getattr(step, "cohort", ()))]


def meetings_of(step: Step) -> tuple[tuple[str, str], ...]:
    """Return who is asked or read with who is taught or written to, in pairs."""
    if isinstance(step, DistilStep):
        return tuple((teacher, step.student) for teacher in step.teachers)
    return ((step.source, step.target),) if isinstance(step, CopyStep) else ()


def _cohort(plan: Plan, place: Place, name: str) -> tuple[str, CohortConfig]:
    cohorts = plan.config.cohorts
    if name not in cohorts:
        raise ConfigError(
            f"{plan.where(*place)}: no cohort is called {name!r}{did_you_mean(name, cohorts)} "
            f"(there are: {', '.join(cohorts)})"
        )
    return name, cohorts[name]
