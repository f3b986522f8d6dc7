"""What can go wrong with a device. Every error is a `DeviceError` and also a builtin."""

__all__ = ["DeviceError", "TechnologyError", "UnsupportedVerb", "WrongShape"]


class DeviceError(Exception):
    """Base of every error the package `devices` raises on purpose."""


class TechnologyError(DeviceError, ValueError):
    """A technology's declaration is unknown, incomplete or outside its range."""


class UnsupportedVerb(DeviceError, TypeError):
    """A verb was asked of hardware that does not have it."""


class WrongShape(DeviceError, ValueError):
    """An array does not fit the population it was given to."""
