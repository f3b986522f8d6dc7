"""What lessons ask of cohorts and data: who can meet, and whether there is enough to be asked."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from distill import DistillError
from mortal.config.marks import Place
from mortal.config.questions import MADE
from mortal.config.schooling import TrainStep
from mortal.config.teaching import Asking, DistilStep, MutualStep
from mortal.data import Dataset
from mortal.errors import ConfigError
from mortal.rules import dreamers

if TYPE_CHECKING:
    from mortal.config.models import CohortConfig
    from mortal.config.resolve import Plan

__all__ = ["check_distil", "check_mutual", "check_train", "require_samples", "same_count"]


def check_train(plan: "Plan", data: Dataset, place: Place, step: TrainStep) -> None:
    """Refuse a training without samples, or with fewer than its budget."""
    require_samples(plan, data, place, step.data)
    left = _left(data, step.data, step.without, step.only)
    for key, classes in (("without", step.without), ("only", step.only)):
        _require_classes(plan, data, (*place, key), classes)
        if classes and not left:
            raise ConfigError(f"{plan.where(*place, key)}: no {step.data} sample is left")
    if step.budget is not None and step.budget > left:
        raise ConfigError(
            f"{plan.where(*place, 'budget')}: the budget is {step.budget} labelled samples and "
            f"there are {left}"
        )


def check_distil(plan: "Plan", data: Dataset, place: Place, step: DistilStep) -> None:
    """Refuse cohorts that cannot meet as they should, and lessons that the data does not allow."""
    cohorts = plan.config.cohorts
    student = cohorts[step.student]
    for name in step.teachers:
        teacher = cohorts[name]
        if step.pairing == "one-to-one":
            same_count(plan, (*place, "to"), (step.student, student), (name, teacher))
        if step.pairing == "one-to-all" and teacher.count != 1:
            raise ConfigError(
                f"{plan.where(*place, 'pairing')}: one device teaches them all, and {name} has "
                f"{teacher.count}: give it a count of 1, or write pairing: all-to-each"
            )
    for number, lesson in enumerate(step.lessons()):
        inside = place if step.stages is None else (*place, "stages", number)
        _check_lesson(plan, data, inside, step, lesson)
    if step.exam is not None:
        require_samples(plan, data, place, step.exam)
    if step.correct is not None:
        require_samples(plan, data, (*place, "correct"), step.correct.inputs)
        prior = step.correct.prior
        if not isinstance(prior, str) and (
            len(prior) != data.classes or not np.isclose(sum(prior), 1)
        ):
            raise ConfigError(
                f"{plan.where(*place, 'correct', 'prior')}: a prior is uniform, or a share for "
                f"each of {data.classes} classes that sum to 1"
            )


def check_mutual(plan: "Plan", data: Dataset, place: Place, step: MutualStep) -> None:
    """Refuse peers that are alone, and more questions or labels than there are."""
    require_samples(plan, data, place, step.inputs)
    samples = len(getattr(data, f"inputs_{step.inputs}"))
    for name in step.cohort:
        count = plan.config.cohorts[name].count
        if count < 2:
            raise ConfigError(
                f"{plan.where(*place, 'cohort')}: {name} has one device; peers are at least two"
            )
        owned = step.labels * count
        if owned > samples:
            raise ConfigError(
                f"{plan.where(*place, 'labels')}: {count} peers cannot own {step.labels} labels "
                f"each of {samples}"
            )
        if step.per_round is not None and step.per_round > samples - owned:
            raise ConfigError(
                f"{plan.where(*place, 'per_round')}: a round asks {step.per_round} inputs and "
                f"{samples - owned} are owned by nobody"
            )


def require_samples(plan: "Plan", data: Dataset, place: Place, split: str) -> None:
    """Refuse a split that has no samples.

    Raises:
        ConfigError: the validation split is empty.
    """
    if split == "validation" and data.inputs_validation.shape[0] == 0:
        raise ConfigError(
            f"{plan.where(*place)}: there are no validation samples; set data.validation above 0"
        )


def same_count(
    plan: "Plan",
    place: Place,
    one: "tuple[str, CohortConfig]",
    other: "tuple[str, CohortConfig]",
) -> None:
    """Refuse two cohorts of unlike counts where they pair one to one.

    Raises:
        ConfigError: their counts differ.
    """
    if one[1].count != other[1].count:
        raise ConfigError(
            f"{plan.where(*place)}: {one[0]} has {one[1].count} devices and {other[0]} has "
            f"{other[1].count}; they pair one to one, so give them the same count"
        )


def _check_lesson(
    plan: "Plan", data: Dataset, place: Place, step: DistilStep, lesson: Asking
) -> None:
    cohorts = plan.config.cohorts
    pool = 0
    for source in lesson.inputs:
        here = (*place, "inputs")
        if source.split is not None:
            require_samples(plan, data, place, source.split)
            _require_classes(plan, data, here, (*source.without, *source.only))
            found = _left(data, source.split, source.without, source.only)
            if found < (2 if source.name == "mixed" else 1):
                raise ConfigError(
                    f"{plan.where(*here)}: {found} inputs of {source.split} are left to ask about"
                )
            pool += found
        if source.name == "generated":
            for name in step.teachers:
                rule = cohorts[name].rule.name
                if rule not in (*dreamers(), "own"):
                    raise ConfigError(
                        f"{plan.where(*here)}: {name} learns by {rule}, which cannot dream; "
                        f"generated questions need {' or '.join(dreamers())}"
                    )
    is_pool = len(lesson.inputs) == 1 and lesson.inputs[0].name not in MADE
    is_pool = is_pool and not (lesson.inputs[0].noise or lesson.inputs[0].drop)
    wanted = _asked(plan, data, place, lesson)
    if is_pool and wanted is not None:
        if wanted > pool and not lesson.repeats:
            raise ConfigError(
                f"{plan.where(*place, 'budget')}: the budget is {wanted} answers and the inputs "
                f"are {pool}; without repeats none is asked twice"
            )
        if wanted >= pool and lesson.choosing != "random":
            raise ConfigError(
                f"{plan.where(*place, 'choosing')}: nothing is to be chosen: the budget is "
                f"{wanted} answers and the inputs are {pool}"
            )
    asked = wanted if wanted is not None else pool
    if lesson.rounds > asked:
        raise ConfigError(
            f"{plan.where(*place, 'rounds')}: {lesson.rounds} rounds cannot ask {asked} inputs; "
            "each asks at least one"
        )
    if lesson.choosing == "disagreement" and cohorts[step.student].count < 2:
        raise ConfigError(
            f"{plan.where(*place, 'choosing')}: {step.student} has one device, which has nobody "
            "to disagree with"
        )
    if lesson.keep is not None and lesson.keep > data.classes:
        raise ConfigError(
            f"{plan.where(*place, 'keep')}: keeps {lesson.keep} classes of {data.classes}"
        )
    if lesson.layer is not None:
        _check_layer(plan, data, place, step, lesson.layer)


def _asked(plan: "Plan", data: Dataset, place: Place, lesson: Asking) -> int | None:
    """Return how many answers there are to be; None: one for every input."""
    if lesson.budget_bits is None:
        return lesson.budget
    try:
        return lesson.terms().affordable(data.classes)
    except DistillError as error:
        raise ConfigError(f"{plan.where(*place, 'budget_bits')}: {error}") from None


def _check_layer(plan: "Plan", data: Dataset, place: Place, step: DistilStep, layer: int) -> None:
    for name in step.teachers:
        hidden = plan.config.cohorts[name].layers[1:]
        here = f"{plan.where(*place, 'layer')}: "
        if layer > len(hidden):
            raise ConfigError(f"{here}{name} has layers 1 to {len(hidden)}, found {layer}")
        if hidden[layer - 1] != data.classes:
            raise ConfigError(
                f"{here}layer {layer} of {name} has {hidden[layer - 1]} units, and students answer "
                f"{data.classes} classes; a lesson of features needs as many"
            )


def _require_classes(plan: "Plan", data: Dataset, place: Place, classes: Iterable[int]) -> None:
    odd = sorted({number for number in classes if number >= data.classes})
    if odd:
        raise ConfigError(
            f"{plan.where(*place)}: there is no class {odd[0]}; the classes are 0 to "
            f"{data.classes - 1}"
        )


def _left(data: Dataset, split: str, without: tuple[int, ...], only: tuple[int, ...]) -> int:
    """Return how many samples of a split are left where classes are held out."""
    labels = getattr(data, f"labels_{split}")
    kept = ~np.isin(labels, without) & (np.isin(labels, only) if only else True)
    return int(np.count_nonzero(kept))
