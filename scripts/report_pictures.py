"""Pictures of a report: report-light.png, the top by day; report-dark.png, the map by night."""

import argparse
import sys
from pathlib import Path

from chromium import browser

WIDTH, HEIGHT = 1180, 1440
PICTURES = {"light": "body", "dark": "#answers"}
"""Where in the report each begins."""
INSTANT = '{behavior: "instant"}'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path, help="an HTML file that `mortal report` wrote")
    parser.add_argument("folder", type=Path, help="where the pictures go")
    said = parser.parse_args()
    try:
        with browser() as page:
            for name, place in PICTURES.items():
                page.show(WIDTH, HEIGHT, is_dark=name == "dark")
                page.open(said.report.resolve().as_uri())
                page.run(f"document.querySelector({place!r}).scrollIntoView({INSTANT})")
                page.picture(said.folder / f"report-{name}.png")
                print(said.folder / f"report-{name}.png")
    except RuntimeError as error:
        sys.exit(f"report_pictures: {error}")


if __name__ == "__main__":
    main()
