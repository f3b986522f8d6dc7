"""A population's life taken out of it, and given back to the same serial numbers only."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from devices import FrozenElsewhere, WrongShape
from devices import freezing as of_arrays
from devices.arrays import beside, to_host
from devices.kernels import resolve
from mortal import offset
from mortal.intake import positions_of

if TYPE_CHECKING:
    from devices import Technology
    from mortal.organism import Population
    from mortal.rules import RuleSettings

__all__ = ["Build", "Frozen", "arrive", "freeze", "thaw"]

Numbers = npt.NDArray[Any]


@dataclass(frozen=True)
class Build:
    """What a population must be built as to take a frozen life up; plain data.

    Attributes:
        technology: its name, and what is switched off.
        technology_hash: SHA-256 of its declaration.
        layers: `(features, hidden, ...)`.
        classes: number of classes.
        rule: settings of the learning rule, by name.
        seed: of all draws.
        cohort: number of the cohort, which keys the shuffling.
        backend: the kernels that computed.
    """

    technology: str
    technology_hash: str
    layers: tuple[int, ...]
    classes: int
    rule: Mapping[str, Any]
    seed: int
    cohort: int
    backend: str

    @classmethod
    def of(cls, population: "Population") -> Self:
        """Return the build of a population."""
        return cls(
            technology=population.technology.title,
            technology_hash=of_arrays.digest(population.technology),
            layers=population.layers,
            classes=population.classes,
            rule=population.settings.model_dump(mode="json"),
            seed=population.seed,
            cohort=population.cohort,
            backend=resolve(population.backend),
        )


@dataclass(frozen=True)
class Frozen:
    """What life has made of a population: opaque numbers, tied to serial numbers and a build.

    Attributes:
        build: as what it must be grown to be thawed.
        serials: `[device]`.
        made_as: `[device]`, serials whose manufacture was repeated; most often the same.
        epochs: epochs of schooling so far.
        numbers: by opaque names, each `[device, ...]`, in the processor's memory.
    """

    build: Build
    serials: npt.NDArray[np.int64]
    made_as: npt.NDArray[np.int64]
    epochs: int
    numbers: Mapping[str, Numbers]

    def __len__(self) -> int:
        return int(self.serials.size)

    def take(self, devices: npt.ArrayLike) -> Self:
        """Return copies of some devices' states, by position.

        Raises:
            DataError: a mask was given.
        """
        at = positions_of(devices, len(self))
        some = {name: numbers[at] for name, numbers in self.numbers.items()}
        return replace(self, serials=self.serials[at], made_as=self.made_as[at], numbers=some)


def freeze(population: "Population") -> Frozen:
    """Return copies of all that a life has changed in a population."""
    rule = population.rule
    numbers = {
        f"{_of_array(array)}{name}": values
        for array, analog in rule.arrays.items()
        for name, values in analog.freeze().items()
    }
    numbers |= {name: np.array(to_host(own), order="C") for name, own in _digital(population)}
    made_as = next(iter(rule.arrays.values())).made_as.copy()
    return Frozen(
        Build.of(population), population.serials.copy(), made_as, population.epochs, numbers
    )


def thaw(population: "Population", frozen: Frozen, *, on_another_backend: bool = False) -> None:
    """Give a life back to the population that lived it; nothing changes if it is refused.

    Raises:
        FrozenElsewhere: it is that of other devices or another build; what differs is named.
        WrongShape: a number is missing, unknown, or of another shape or type.
    """
    _require_build(population, frozen.build, on_another_backend)
    rule = population.rule
    corrected = f"memory:{offset.NAME}"
    digital = {name: own for name, own in _digital(population) if name != corrected}
    by_array = {name: _part(frozen.numbers, _of_array(name)) for name in rule.arrays}
    for name, array in rule.arrays.items():
        of_arrays.require(array, by_array[name])
    rest = {name for name in frozen.numbers if not name.startswith(tuple(map(_of_array, by_array)))}
    rest.discard(corrected)  # devices have been corrected, or not
    if rest != digital.keys():
        odd = ", ".join(sorted(rest ^ digital.keys()))
        raise WrongShape(f"frozen devices of {population!r} miss numbers, or have too many: {odd}")
    for name, own in digital.items():
        found = frozen.numbers[name]
        if (found.shape, found.dtype) != (own.shape, own.dtype):
            raise WrongShape(
                f"frozen {name} is {found.dtype} {found.shape}, but {own.dtype} {own.shape} is "
                "wanted"
            )
    offsets = _offsets(frozen, corrected, (len(population), population.classes))
    for name, array in rule.arrays.items():
        array.thaw(by_array[name])
    rule.memory.pop(offset.NAME, None)
    if offsets is not None:
        offset.add(population, offsets)
    for name in rule.memory:
        rule.memory[name] = beside(rule.memory[name], np.array(frozen.numbers[f"memory:{name}"]))
    for name in rule.counters:
        rule.counters[name] = np.array(frozen.numbers[f"counters:{name}"])
    population.epochs = frozen.epochs


def arrive(
    kind: type["Population"],
    built: "tuple[Technology, tuple[int, ...], int, RuleSettings]",
    backend: str,
    frozen: Frozen,
) -> "Population":
    """Return a population that has travelled (`pickle`, `copy`), where it was when it left.

    Args:
        kind: its class.
        built: its technology, layers, classes and the settings of its rule.
        backend: as it was asked for.
        frozen: its life.
    """
    build = frozen.build
    population = kind(
        *built, frozen.serials, seed=build.seed, cohort=build.cohort, backend=backend,
        made_as=frozen.made_as,
    )  # fmt: skip
    thaw(population, frozen)
    return population


def _offsets(frozen: Frozen, name: str, shape: tuple[int, int]) -> Numbers | None:
    """Return copies of the offsets of frozen devices, or None if they were never corrected."""
    if name not in frozen.numbers:
        return None
    found = frozen.numbers[name]
    if found.shape != shape or found.dtype != np.float32:
        raise WrongShape(
            f"frozen {name} is {found.dtype} {found.shape}, but float32 {shape} is wanted"
        )
    return np.array(found)


def _require_build(population: "Population", found: Build, on_another_backend: bool) -> None:
    wanted = Build.of(population)
    for name in (field.name for field in fields(Build)):
        if name == "backend" and on_another_backend:
            continue
        one, other = getattr(found, name), getattr(wanted, name)
        if one != other:
            way_out = "; ask for another backend to go on all the same" if name == "backend" else ""
            raise FrozenElsewhere(
                f"frozen devices are revived as themselves: {name.replace('_', ' of ')} {one} "
                f"cannot be thawed where {other} is wanted{way_out}"
            )


def _digital(population: "Population") -> list[tuple[str, Numbers]]:
    rule = population.rule
    memory = [(f"memory:{name}", numbers) for name, numbers in rule.memory.items()]
    return memory + [(f"counters:{name}", counts) for name, counts in rule.counters.items()]


def _of_array(name: str) -> str:
    return f"arrays:{name}:"


def _part(numbers: Mapping[str, Numbers], start: str) -> dict[str, Numbers]:
    return {
        name.removeprefix(start): values
        for name, values in numbers.items()
        if name.startswith(start)
    }
