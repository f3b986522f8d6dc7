"""The organism, its life, its logbook and its face."""
