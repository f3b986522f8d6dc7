"""How the documentation is built: `sphinx-build -W --keep-going docs build/docs`.

Markdown by MyST, the API from the docstrings; links and headings are checked as it builds. The
type names of signatures are not (no `nitpicky`, no `ref.python`): most belong to NumPy, and nothing
is fetched here.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

project = "mortal"
author = "the authors of mortal"
extensions = [
    "myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "as_written", "beyond", "mathtext",
]  # fmt: skip
exclude_patterns = ["extensions", "claims/README.md"]
default_role = "literal"
suppress_warnings = ["ref.python"]

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_mock_imports = [guest for guest in ("torch",) if find_spec(guest) is None]
napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
napoleon_attr_annotations = False

html_theme = "furo"
html_title = "mortal"
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False


def setup(app: Sphinx) -> None:
    """Hang the decisions under their list, a plain page to those who read it elsewhere."""
    app.connect("source-read", hang_decisions)


def hang_decisions(app: Sphinx, page: str, content: list[str]) -> None:
    """Add a table of contents to the list of decisions."""
    if page == "decisions/README":
        content[0] += "\n```{toctree}\n:hidden:\n:glob:\n\n0*\n```\n"
