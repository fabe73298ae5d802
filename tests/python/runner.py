"""Runs the tests of one file, one after the other, and says how each ended."""

import sys
import traceback


def run(file, tests):
    """Runs each of `tests`, functions by name; those only whose name holds the first argument, if
    there is one. Exits with 1 if any fails."""
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    chosen = {name: test for name, test in tests.items() if wanted in name}
    failed = 0
    for name, test in chosen.items():
        try:
            test()
        except Exception:
            failed += 1
            print(f"{file}: {name} ... FAILED\n{traceback.format_exc()}", flush=True)
        else:
            print(f"{file}: {name} ... ok", flush=True)
    print(f"\n{file}: {len(chosen) - failed} passed, {failed} failed")
    sys.exit(1 if failed or not chosen else 0)


def tests_in(module):
    """The functions of a module that are tests, by name."""
    return {name: test for name, test in module.items() if name.startswith("test_")}
