"""The verb `export`: a run's log for other programs."""

from pathlib import Path
from typing import Annotated

import typer

from mortal.cli_mistakes import mistakes, stop

__all__ = ["export"]


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A run's folder, or its log.")],
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FOLDER", help="Tables as CSV.")
    ] = None,
    parquet: Annotated[
        Path | None,
        typer.Option("--parquet", metavar="FOLDER", help="Tables as Parquet (needs pyarrow)."),
    ] = None,
    tensorboard: Annotated[
        Path | None, typer.Option("--tensorboard", metavar="FOLDER", help="Curves for TensorBoard.")
    ] = None,
) -> None:
    """Write what a run's log tells for other programs: tables, curves.

    Runs that are live or were killed are exported as far as they got.
    """
    with mistakes():
        if csv is None and parquet is None and tensorboard is None:
            stop("export takes --csv, --parquet or --tensorboard, each with a folder", 2)
        from mortal.export import write_tables, write_tensorboard
        from mortal.logbook import open_log

        tree = open_log(folder)
        for name, place in ((".csv", csv), (".parquet", parquet)):
            if place is not None:
                paths = write_tables(tree, place, name)
                typer.echo(f"tables: {place} ({', '.join(path.name for path in paths)})")
        if tensorboard is not None:
            runs = write_tensorboard(tree, tensorboard)
            typer.echo(f"curves: {tensorboard} ({len(runs)} runs; tensorboard --logdir it)")
