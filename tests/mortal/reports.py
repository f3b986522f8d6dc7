"""A life that a report can tell everything of, and what tests read out of a page."""

import json
import re
from html.parser import HTMLParser

STORY = """\
version: 1
name: told
seed: 7
data: {name: digits, train: 200, test: 100}
cohorts:
  elders: {technology: mortal-default, layers: [64, 16], count: 6, rule: mono-forward,
           death: {below: 0.55}}
  heirs:  {like: elders, death: {}}
  clones: {like: heirs}
story:
  - train:   {cohort: elders, epochs: 4}
  - examine: {cohort: elders, answers: 40}
  - age:     {cohort: elders, by: 3 years, temperature: 55 C}
  - examine: {cohort: elders, answers: 40}
  - distil:  {from: elders, to: heirs, answers: soft, softening: 4, budget: 100, epochs: 2}
  - copy:    {from: elders, to: clones, by: write-verify}
  - examine: {cohort: [heirs, clones], answers: 40}
  - bury:    {cohort: elders}
"""


class _Page(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.tables, self.text, self.heads = [], {}, [], []
        self._cell, self._table, self._skips = None, None, 0

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        self.tags.append((tag, said))
        self._skips += tag in ("script", "style")
        if tag == "table":
            self._table = []
            self.tables[len(self.tables)] = self._table
        elif tag == "tr":
            self._table.append([])
        elif tag in ("td", "th"):
            self._cell = [said.get("data-value"), ""]
            self._table[-1].append(self._cell)

    def handle_endtag(self, tag):
        self._skips -= tag in ("script", "style")
        if tag in ("td", "th"):
            self._cell = None

    def handle_data(self, data):
        if not self._skips:
            self.text.append(data)
            if self._cell is not None:
                self._cell[1] += data


class Page:
    """A report as tests see it."""

    def __init__(self, html):
        parsed = _Page()
        parsed.feed(html)
        self.html, self.tags, self.text = html, parsed.tags, "".join(parsed.text)
        self.tables = list(parsed.tables.values())
        found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.S)
        self.data = json.loads(found[1]) if found else None

    def table(self, *heads):
        """The rows, as dictionaries of (value, shown), of the table that has these headings."""
        for head, *rows in self.tables:
            titles = [cell[1] for cell in head]
            if set(heads) <= set(titles):
                return [dict(zip(titles, row, strict=True)) for row in rows]
        raise AssertionError(f"no table has {heads}")
