"""The verb `report`: a run, or two side by side, as one HTML file."""

from pathlib import Path
from typing import Annotated

import typer

from mortal.cli_mistakes import mistakes, stop

__all__ = ["report"]


def report(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="A run's folder, or its log.")
    ] = None,
    compare: Annotated[
        tuple[Path, Path] | None,
        typer.Option("--compare", metavar="A B", help="Two runs side by side, in place of DIR."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The file; default: report.html in DIR, comparison.html in A."
        ),
    ] = None,
) -> None:
    """Write what a run's log tells as one HTML file, to be read in any browser, offline.

    Runs that are live or were killed are reported as far as they got.
    """
    with mistakes():
        if (folder is None) == (compare is None):
            stop("report takes one DIR, or --compare A B", 2)
        from mortal.report import write_comparison, write_report

        if compare is not None:
            typer.echo(f"report: {write_comparison(*compare, out)}")
        elif folder is not None:
            typer.echo(f"report: {write_report(folder, out)}")
