"""The features that ministack lacks for this stack. Each part names the page of AWS's documentation that it
follows; docs/testing.md lists what is pretended."""

from . import control, machines, provisioning  # noqa: F401  these import the rest
