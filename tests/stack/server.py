"""ministack with the plug-in, in a process of its own: ends, with all functions and files, when its input does."""

import os
import shutil
import signal
import sys
import threading


def end_with_input():
    sys.stdin.buffer.read()
    shutil.rmtree(os.getcwd(), ignore_errors=True)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    os.setsid()
    threading.Thread(target=end_with_input, daemon=True).start()
    import plugin  # noqa: F401
    from ministack import app

    app.main()
