"""Doors for people who come from neighbouring tools: one module a tool.

    mortal.adapters.sklearn      MortalClassifier, an estimator
    mortal.adapters.torch        AnalogLinear, a module; AnalogSGD, an optimiser; DLPack
    mortal.adapters.aihwkit      technology_from, which reads a configuration of devices

The door itself loads nothing: importing one of these modules is what invites its guest. They know
populations and arrays by their public verbs; nothing in the core may know them.
"""

__all__: list[str] = []
