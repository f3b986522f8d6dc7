"""Analog arrays as torch modules: `Chip` grows them, `AnalogLinear` reads them, `AnalogSGD` writes.

The weight is not a parameter, for it never leaves its array. A forward pass is a read, with the
noise, the time and the energy of one. The backward pass keeps the signals x that entered and the
gradient d of what was read, and the step of the optimiser sends them into the array as pulses,

    E[dW] = -lr sum_samples x (x) d          (E as `CrossbarArray.update` has it)

which is the outer product of backpropagation, written in place.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from numbers import Integral
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

try:
    import torch
except ImportError:
    raise ImportError(
        "mortal.adapters.torch needs torch, which is not installed: pip install torch"
    ) from None
from scipy.linalg import hadamard
from torch import nn

from devices import CrossbarArray, Technology, preset
from devices.arrays import beside, to_host
from devices.energy import Ledger
from devices.kernels import load
from mortal.adapters.packing import pack, unpack
from mortal.errors import DataError, RuleError
from mortal.rules.twin import follow

__all__ = ["AnalogLinear", "AnalogSGD", "Chip"]

Signals = Any
"""NumPy or, of the backend "cuda", CuPy arrays of float32."""


@dataclass
class Chip:
    """One device, or several side by side, which the arrays of a network belong to.

    Its arrays are numbered in the order they are asked for, so that each has cells of its own and
    the same network of the same serial is the same hardware.

    Attributes:
        technology: a preset's name, or a declaration.
        serial: which device; or several, whose axis then leads in all signals.
        seed: of all draws.
        backend: which kernels compute, as `devices.CrossbarArray` takes it.
    """

    technology: str | Technology = "mortal-default"
    serial: int | tuple[int, ...] = 0
    seed: int = 0
    backend: str = "auto"
    _numbers: Iterator[int] = field(default_factory=count, init=False, repr=False)

    @property
    def is_several(self) -> bool:
        """Whether it is several devices, or one that is given alone."""
        return not isinstance(self.serial, Integral)

    def array(self, rows: int, columns: int) -> CrossbarArray:
        """Return its next array."""
        built = preset(self.technology) if isinstance(self.technology, str) else self.technology
        serials = np.atleast_1d(np.array(self.serial, np.int64))
        return CrossbarArray(
            built, rows, columns, serials=serials, seed=self.seed, array=next(self._numbers),
            backend=self.backend,
        )  # fmt: skip

    def linear(self, in_features: int, out_features: int, **settings: Any) -> "AnalogLinear":
        """Return `AnalogLinear(in_features, out_features, chip=self, **settings)`."""
        return AnalogLinear(in_features, out_features, chip=self, **settings)


class AnalogLinear(nn.Module):  # type: ignore[misc]
    """y = W^T x + b, with W in an array of a chip, and b in digital memory beside it.

    Inputs are `[..., feature]`, of several devices `[device, ..., feature]`; outputs come in the
    dtype and place of the inputs. What is no tensor enters by DLPack.

    On its way back a gradient passes W by one of two ways:

        straight-through   a digital shadow T of W stands for it, and rounding, clipping and noise
                           are passed as if they were not there: T d. T is read off the array by
                           the signs of a Hadamard matrix when it is first needed and after every
                           `scan_every` writes, and follows each write as nominal cells would
        measured           the array itself is read from its columns, noise and all; needs the
                           reverse read (`cell.reverse_read`)

    `state_dict` holds the life of the array as opaque bytes: weights, wear, clocks, energy and the
    counters of its draws. Only the same serial numbers of the same build can load it.

    Args:
        in_features: rows.
        out_features: columns.
        chip: what it is built of.
        bias: whether there is b, a parameter as others are.
        backward: "straight-through" or "measured".
        scan_every: writes from one scan of the shadow to the next; 0: the first only.

    Raises:
        RuleError: the way back is none of these, or the technology has no reverse read.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        chip: Chip | None = None,
        *,
        bias: bool = True,
        backward: Literal["straight-through", "measured"] = "straight-through",
        scan_every: int = 100,
    ) -> None:
        super().__init__()
        if backward not in ("straight-through", "measured"):
            raise RuleError(f'backward is "straight-through" or "measured", found {backward!r}')
        chip = Chip() if chip is None else chip
        self.array = chip.array(in_features, out_features)
        if backward == "measured" and not self.array.technology.cell.reverse_read:
            raise RuleError(
                f"{self.array.technology.name} has no reverse read (cell.reverse_read), so its way "
                "back is straight-through"
            )
        self.in_features, self.out_features = in_features, out_features
        self.way_back, self.scan_every = backward, scan_every
        self.is_several = chip.is_several
        shape = (len(self.array.serials),) if self.is_several else ()
        self.bias = nn.Parameter(torch.zeros(*shape, out_features)) if bias else None
        # Without it nothing would ask a first layer for its gradient.
        self.handle = nn.Parameter(torch.zeros(0))
        self._shadow: npt.NDArray[np.float32] | None = None
        self._writes = 0
        self._seen: list[tuple[Signals, Signals]] = []

    def extra_repr(self) -> str:
        """Return what stands in brackets when it is printed."""
        return f"{self.array!r}, backward={self.way_back}"

    def forward(self, x: Any) -> torch.Tensor:
        """Read the array; return `[..., out_features]`.

        Raises:
            DataError: the features, or the devices, are not as many as the array's, or inputs are
                no floating-point numbers, which outputs of their dtype have to be.
        """
        if not isinstance(x, torch.Tensor):
            x = torch.from_dlpack(x)
        if not x.is_floating_point():
            raise DataError(f"inputs must be floating-point numbers, found {x.dtype}; x.float()")
        leading = (len(self.array.serials),) if self.is_several else ()
        if x.ndim == 0 or x.shape[-1] != self.in_features or x.shape[: len(leading)] != leading:
            named = f"[{leading[0]} devices, ..., " if leading else "[..., "
            raise DataError(
                f"inputs must be {named}{self.in_features} features], found shape {tuple(x.shape)}"
            )
        y: torch.Tensor = _Read.apply(x, self.handle, self)
        if self.bias is None:
            return y
        self._charge(y.numel())
        b = self.bias.to(y)
        for _ in range(y.ndim - b.ndim):
            b = b.unsqueeze(-2)
        return y + b

    def write(self, lr: float) -> None:
        """Send the products gathered since the last write, or `forget`, into the array.

        Args:
            lr: learning rate, not negative.
        """
        seen, self._seen = self._seen, []
        if not seen:
            return
        x = np.concatenate([rows for rows, _ in seen], axis=1)
        d = -np.concatenate([columns for _, columns in seen], axis=1)
        self.array.update(x, d, lr)
        self._writes += 1
        if self.scan_every and self._writes % self.scan_every == 0:
            self._shadow = None
        if self._shadow is not None:
            technology = self.array.technology
            self._shadow = follow(technology, self._shadow, to_host(x), to_host(d), lr)
            self._charge(2 * self._shadow.size * x.shape[1])

    def forget(self) -> None:
        """Drop the products gathered since the last write."""
        self._seen = []

    def ledger(self) -> Ledger:
        """Return what each device has spent in this array."""
        return self.array.ledger

    def get_extra_state(self) -> torch.Tensor:
        """Return the frozen life as bytes (called by `state_dict`)."""
        frozen: dict[str, npt.NDArray[Any]] = {"writes": np.array(self._writes)}
        if self._shadow is not None:
            frozen["shadow"] = self._shadow
        frozen |= {f"array:{name}": numbers for name, numbers in self.array.freeze().items()}
        return torch.from_numpy(pack(frozen))

    def set_extra_state(self, state: torch.Tensor) -> None:
        """Take up a frozen life (called by `load_state_dict`).

        Raises:
            FrozenElsewhere: it is that of other devices or another build.
            DataError: it is no frozen life.
        """
        told = unpack(state.cpu().numpy())
        own = {name.removeprefix("array:"): n for name, n in told.items() if ":" in name}
        if "writes" not in told:
            raise DataError("these bytes are no frozen life: they count no writes")
        self.array.thaw(own)
        self._writes, self._shadow = int(told["writes"]), told.get("shadow")
        self._seen = []

    def _sense(self, x: Signals) -> Signals:
        return self.array.forward(x)

    def _pass_back(self, d: Signals) -> Signals:
        """Return what a gradient `[device, sample, column]` becomes on the rows."""
        if self.way_back == "measured":
            return self.array.backward(d)
        if self._shadow is None:
            self._shadow = self._scan()
        self._charge(d.shape[1] * self._shadow.size)
        return d @ beside(d, self._shadow.swapaxes(1, 2))

    def _scan(self) -> npt.NDArray[np.float32]:
        """Return T = H^T y / n: noise and rounding of n reads are shared out among all rows."""
        vectors = 1 << (self.in_features - 1).bit_length()
        signs = hadamard(vectors, np.float32)[:, : self.in_features]
        self._charge(vectors * self.in_features * self.out_features)
        read = to_host(self.array.forward(signs))
        shadow: npt.NDArray[np.float32] = signs.T @ read / np.float32(vectors)
        return shadow

    def _charge(self, operations: int) -> None:
        """Enter multiply-accumulates of all devices together."""
        each = operations / len(self.array.serials)
        self.array.ledger.digital += each * self.array.technology.energy.digital


class AnalogSGD(torch.optim.SGD):  # type: ignore[misc]
    """Stochastic gradient descent: pulses for the arrays of a model, steps for its parameters.

    It takes the model, not its parameters: an optimiser that knows parameters only leaves arrays
    as they are.

    Args:
        model: with some `AnalogLinear` in it.
        lr: learning rate of both; schedulers change it as they do elsewhere.

    Raises:
        DataError: the model has no analog array.
    """

    def __init__(self, model: nn.Module, lr: float = 0.01) -> None:
        self.layers = [part for part in model.modules() if isinstance(part, AnalogLinear)]
        if not self.layers:
            raise DataError("AnalogSGD takes a model with an AnalogLinear in it, and this has none")
        super().__init__(model.parameters(), lr=lr)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Write what the last backward passes have told."""
        told = super().step(closure)
        for layer in self.layers:
            layer.write(float(self.param_groups[0]["lr"]))
        return told

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget what backward passes have told."""
        super().zero_grad(set_to_none)
        for layer in self.layers:
            layer.forget()


class _Read(torch.autograd.Function):  # type: ignore[misc]
    """A read, and on the way back the products that a write will need."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, handle: torch.Tensor, layer: AnalogLinear) -> Any:
        ctx.layer = layer
        ctx.save_for_backward(x)
        return _leaving(layer._sense(_entering(x, layer)), x, layer.out_features)

    @staticmethod
    @torch.autograd.function.once_differentiable  # type: ignore[untyped-decorator]
    def backward(ctx: Any, gradient: torch.Tensor) -> Any:
        layer, (x,) = ctx.layer, ctx.saved_tensors
        d = _entering(gradient, layer)
        if ctx.needs_input_grad[1]:
            # Copies: what entered may be overwritten before the optimiser's step.
            layer._seen.append((_entering(x, layer).copy(), d.copy()))
        back = None
        if ctx.needs_input_grad[0]:
            back = _leaving(layer._pass_back(d), x, layer.in_features)
        return back, torch.zeros_like(layer.handle), None


def _entering(signals: torch.Tensor, layer: AnalogLinear) -> Signals:
    """Return `[device, sample, line]` where the array computes; no copy is made where it can be."""
    flat = signals.detach().to(torch.float32)
    devices = len(layer.array.serials) if layer.is_several else 1
    flat = flat.reshape(devices, -1, flat.shape[-1]).contiguous()
    if flat.is_cuda and layer.array.backend == "cuda":
        return load(layer.array.backend).place(flat)
    return np.from_dlpack(flat.cpu())


def _leaving(read: Signals, like: torch.Tensor, lines: int) -> torch.Tensor:
    """Return lines `[..., line]` in the dtype and place of a tensor."""
    lined = torch.from_dlpack(read).reshape(*like.shape[:-1], lines)
    return lined.to(dtype=like.dtype, device=like.device)
