"""Engines: where a plan is run. Knows plans, folders and stories."""

from mortal.engine.serial import run

__all__ = ["run"]
