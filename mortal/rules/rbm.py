"""Restricted Boltzmann machines on crossbars: learn what is, and unlearn what is dreamt.

Equations and sources: `mortal.rules.declarations.BoltzmannSettings`.
"""

import numpy as np
import numpy.typing as npt

from mortal.rules.declarations import BoltzmannSettings
from mortal.rules.hardware import Hardware
from mortal.rules.peripheral import append_bias, log_softmax, rms_normalise, softmax
from mortal.rules.readout import Readout
from mortal.rules.stochastic import Stochastic
from mortal.rules.symmetric import hard_sigmoid

__all__ = ["Rbm"]

Array = npt.NDArray[np.float32]


class Rbm(Stochastic):
    """Arrays `layer1`, ..., one a machine, and the readout: memory or array `readout`.

    Memory: `layer1.chains` `[device, chain, unit]` where chains persist, and digital biases.
    """

    def __init__(self, settings: BoltzmannSettings, hardware: Hardware) -> None:
        super().__init__(settings, hardware)
        self.settings = settings
        self._read_from = self._first_read()
        self._readout = Readout(settings.readout, settings.readout_rate)
        self._readout.grow(self, hardware, sum(hardware.layers[1 + self._read_from :]) + 1)
        if settings.chains:
            for name, units in zip(self.machines, hardware.layers[1:], strict=True):
                self.memory[f"{name}.chains"] = hardware.numbers(settings.chains, units)

    def answer(self, inputs: Array) -> Array:
        """Return log-probabilities `[device, sample, class]`. Nothing is drawn: units are chances,
        as far as reads are quiet.
        """
        return log_softmax(self._readout.scores(self, self._shown(self._levels(inputs))))

    def activities(self, inputs: Array) -> list[Array]:
        """Return what each hidden layer says, `[device, sample, unit]` each: chances."""
        return self._levels(inputs)[1:]

    def dream(self, start: Array, steps: int) -> Array:
        """Return inputs of the machines' own making, `[device, count, feature]` of chances.

        Gibbs reads of the top machine, up and down `steps` times from visible units that say
        nothing (`start`, `[device, count, 1]`), then down once through those below it (Hinton,
        Osindero, Teh 2006, doi:10.1162/neco.2006.18.7.1527, section 3). Differs from the source:
        no labels are clamped, and the way down goes by chances.
        """
        top = self.machines[-1]
        units = self.arrays[top].rows - int(self.settings.bias == "lines")
        visible = np.broadcast_to(start, (*start.shape[:2], units))
        dreams = self.drawn_down if self.settings.visible == "binary" else self.down
        for _ in range(steps):
            _, hidden = self.drawn_up(top, visible)
            visible = dreams(top, hidden)
        for name in reversed(self.machines[:-1]):
            visible = self.down(name, visible)
        return visible

    def learn(self, inputs: Array, targets: Array, rate: float) -> Array:
        """Learn one batch: the machines without the targets, the readout with them.

        Returns `[device, sample, class]`, the answers before.
        """
        levels = self._levels(inputs)
        shown = self._shown(levels)
        answers = softmax(self._readout.scores(self, shown))
        self._teach_levels(levels, rate)
        self._readout.teach(self, shown, targets - answers, rate)
        self.settle()
        return answers

    def reconstruct(self, inputs: Array) -> Array:
        """Return what the first machine makes of inputs, up and down by chances alone."""
        up = self.up("layer1", hard_sigmoid(inputs))
        return self.down("layer1", up)

    def contrast(self, name: str, real: Array, rate: float) -> None:
        """Write what one machine learns from the chances below it.

        Args:
            name: of the machine.
            real: v0, `[sample, visible]` or `[device, sample, visible]`.
            rate: multiplies the declared rate.
        """
        settings = self.settings
        seen, state = self.drawn_up(name, real)
        if settings.products == "states":
            seen = state
        if settings.chains:
            state = self.memory[f"{name}.chains"]
        for step in range(settings.steps):
            dreams = self.drawn_down if settings.visible == "binary" else self.down
            dreamt = dreams(name, state)
            is_last = step == settings.steps - 1
            if is_last and settings.products == "chances" and not settings.chains:
                believed = self.up(name, dreamt)
            else:
                believed, state = self.drawn_up(name, dreamt)
        if settings.products == "states":
            believed = state
        if settings.chains:
            self.memory[f"{name}.chains"][:] = state
        self.learn_from(name, (real, seen), (dreamt, believed), rate * settings.rate)

    def _first_read(self) -> int:
        """Return the first level that the readout reads."""
        return 0

    def _teach_levels(self, levels: list[Array], rate: float) -> None:
        """Teach the machines, each from the level below it; all at once."""
        for name, below in zip(self.machines, levels[:-1], strict=True):
            self.contrast(name, below, rate)

    def _levels(self, inputs: Array) -> list[Array]:
        """Return the inputs and the chances of each level, `[device, sample, unit]`."""
        levels = [hard_sigmoid(inputs)]
        for name in self.machines:
            levels.append(self.up(name, levels[-1]))
        return levels

    def _shown(self, levels: list[Array]) -> Array:
        """Return u, what the readout reads."""
        read = levels[1 + self._read_from :]
        units = [rms_normalise(level - level.mean(axis=-1, keepdims=True)) for level in read]
        return append_bias(np.concatenate(units, axis=-1))
