"""A document as a tree whose every value knows where it stands, to be rebuilt otherwise."""

from typing import Any, NamedTuple

from mortal.config.marks import Document, Mark, Marks, Place, Value

__all__ = ["Node", "document_of", "node_of"]


class Node(NamedTuple):
    """A value of a document with its mark; in a mapping each key has its mark too."""

    value: Any  # a scalar, list[Node] or dict[str, tuple[Mark, Node]]
    mark: Mark


def document_of(whole: Node, origin: str) -> Document:
    """Return the document of a tree."""
    marks = Marks()
    return Document(_plain(whole, (), marks), marks, origin)


def node_of(document: Document, value: Value, place: Place) -> Node:
    """Return the tree of a value at a place of a document."""
    mark = document.find(place)
    if isinstance(value, list):
        return Node([node_of(document, v, (*place, n)) for n, v in enumerate(value)], mark)
    if isinstance(value, dict):
        places = {key: (*place, key) for key in value}
        nodes = {
            key: (document.find(places[key], key=True), node_of(document, value[key], places[key]))
            for key in value
        }
        return Node(nodes, mark)
    return Node(value, mark)


def _plain(node: Node, place: Place, marks: Marks) -> Value:
    """Return the value of a node and put down the marks of all that is in it."""
    marks.values[place] = node.mark
    if isinstance(node.value, list):
        return [_plain(inner, (*place, n), marks) for n, inner in enumerate(node.value)]
    if isinstance(node.value, dict):
        plain: dict[str, Value] = {}
        for key, (mark, inner) in node.value.items():
            marks.keys[(*place, key)] = mark
            plain[key] = _plain(inner, (*place, key), marks)
        return plain
    value: Value = node.value
    return value
