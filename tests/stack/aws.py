"""An AWS on this machine: ministack with the plug-in, in a process of its own. Needs no pytest.

with Aws() as aws:
    account = aws.account("123456789012")
    account.client("iam").create_user(UserName="Bob")
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from functools import cache
from pathlib import Path

import boto3
from botocore.config import Config

HERE = Path(__file__).resolve().parent
REGION = "us-east-1"
START_SECONDS = 60  # a fraction of a second, unless the machine is busy


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Aws:
    """Ends together with all functions that it started: the process lives as long as its input."""

    def __enter__(self):
        self.directory = Path(tempfile.mkdtemp(prefix="stack-"))
        self.log = self.directory / "log"
        self.url = f"http://127.0.0.1:{free_port()}"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, HERE / "server.py"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=self._environment(),
                cwd=self.directory,
            )
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _environment(self):
        """Only this machine's PATH: no credentials, no proxies."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.directory),
            "TMPDIR": str(self.directory),
            "AUTH": "true",
            "AWS_ENDPOINT_URL": self.url,
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": self.url.rpartition(":")[2],
            "MINISTACK_REGION": REGION,
            "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.1",
            "SFN_WAIT_SCALE": "0.01",
            "IOT_MTLS_ENABLED": "0",
        }

    def _wait(self):
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            try:
                return urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=5).read()
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"ministack did not start:\n{self.end_of_log()}")

    def end_of_log(self):
        return self.log.read_text(errors="replace")[-4000:]

    def account(self, number, region=REGION):
        return Account(self, number, region)


class Account:
    """An account, and a Region of it, by its root user unless credentials are given."""

    def __init__(self, aws, number, region):
        self.aws, self.number, self.region = aws, number, region
        self.client = cache(self.client)

    def client(self, service, key=None, secret=None, token=None):
        return boto3.client(
            service,
            endpoint_url=self.aws.url,
            region_name=self.region,
            aws_access_key_id=key or self.number,
            aws_secret_access_key=secret or "test",
            aws_session_token=token,
            config=Config(retries={"total_max_attempts": 1}, inject_host_prefix=False),
        )

    def control(self, name, **arguments):
        """Calls the emulator's own control interface, plugin/control.py."""
        request = {"account": self.number, "region": self.region, "arguments": arguments}
        body = json.dumps(request).encode()
        found = urllib.request.Request(f"{self.aws.url}/_stack/{name}", data=body, method="POST")
        try:
            with urllib.request.urlopen(found, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            log = self.aws.end_of_log()
            raise RuntimeError(f"{name}: {error}; the emulator's log ends:\n{log}") from None
