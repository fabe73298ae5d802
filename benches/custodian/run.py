"""Runs Cloud Custodian, and says on the last line what it used."""

import json
import resource
import sys

from c7n.cli import main

try:
    main()
    code = 0
except SystemExit as exit:
    code = exit.code or 0
usage = resource.getrusage(resource.RUSAGE_SELF)
print(
    json.dumps(
        {"cpu": usage.ru_utime + usage.ru_stime, "peakMemory": usage.ru_maxrss * 1024, "code": code}
    )
)
sys.exit(code)
