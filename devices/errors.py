"""What can go wrong with a device. Every error is a `DeviceError` and also a builtin."""

__all__ = [
    "DeviceError",
    "FrozenElsewhere",
    "NotConverged",
    "TechnologyError",
    "UnsupportedVerb",
    "WrongShape",
    "WrongValue",
]


class DeviceError(Exception):
    """Base of every error the package `devices` raises on purpose."""


class FrozenElsewhere(DeviceError, ValueError):  # noqa: N818 - a public name
    """A frozen life was given to other devices than those that lived it."""


class NotConverged(DeviceError, ArithmeticError):  # noqa: N818 - a public name
    """An iteration would not reach its tolerance within its limit."""


class TechnologyError(DeviceError, ValueError):
    """A technology's declaration is unknown, incomplete or outside its range."""


class UnsupportedVerb(DeviceError, TypeError):  # noqa: N818 - a public name
    """A verb was asked of hardware that does not have it."""


class WrongShape(DeviceError, ValueError):  # noqa: N818 - a public name
    """An array does not fit the population it was given to."""


class WrongValue(DeviceError, ValueError):  # noqa: N818 - stands beside WrongShape
    """A number is not finite, or outside what is allowed."""
