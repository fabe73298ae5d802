"""What ministack lacks for this stack. Each part is headed by the title of the AWS documentation page that
it follows; docs/testing.md lists what is pretended."""

from . import control, machines, provisioning  # noqa: F401  these import the rest
