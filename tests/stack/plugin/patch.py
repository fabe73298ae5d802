"""Replaces functions of ministack, and fails at start if ministack has another version."""

import functools
import sys
from importlib.metadata import version

VERSION = "1.5.33"

if version("ministack") != VERSION:
    sys.exit(
        f"plugin: written for ministack {VERSION}, not {version('ministack')}: check every part"
    )


def replaces(module, name):
    """Puts the decorated function, which gets the original first, in the place of `module.name`.

    Modules that imported the original by its name get the new one as well: a patch that nobody calls
    would go unnoticed."""
    original = getattr(module, name)

    def put(function):
        replacement = functools.wraps(original)(functools.partial(function, original))
        for other in [m for n, m in sys.modules.items() if n.startswith("ministack") and m]:
            for key, value in list(vars(other).items()):
                if value is original:
                    setattr(other, key, replacement)
        return function

    return put
