"""The ARM stub as a process with its certificate, and runs of a binary against it with what they took."""
import dataclasses
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

PORT = 8443


def fail(text):
    sys.exit(f"bench: {text}")


def certificates(folder):
    """A CA and a certificate for localhost signed by it: a client must not take a CA as a server's certificate."""
    if not shutil.which("openssl"):
        fail("openssl is not on PATH: it makes the stub's certificate")

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    new = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    (folder / "leaf.cnf").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=critical,CA:FALSE\n")
    openssl(*new, "-x509", "-subj", "/CN=bench CA", "-days", "2", "-keyout", "ca.key", "-out", "ca.pem")
    openssl(*new, "-subj", "/CN=localhost", "-keyout", "srv.key", "-out", "srv.csr")
    openssl("x509", "-req", "-in", "srv.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "leaf.cnf", "-out", "srv.pem")


class Stub:
    """The ARM stub as a process, and its admin door."""

    def __init__(self, bench, folder):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", PORT))
            except OSError:
                fail(f"port {PORT} is in use: is another stub running?")
        certificates(folder)
        self.context = ssl.create_default_context(cafile=folder / "ca.pem")
        self.process = subprocess.Popen(
            [sys.executable, bench / "arm_stub.py", "--port", str(PORT),
             "--cert", folder / "srv.pem", "--key", folder / "srv.key", "--log", folder / "stub.log"],
            stdout=subprocess.DEVNULL)
        for _ in range(100):
            try:
                self.admin("stats")
                return
            except OSError:
                if self.process.poll() is not None:
                    fail("the stub ended at once")
                time.sleep(0.05)
        fail("the stub does not answer")

    def admin(self, command, **values):
        request = urllib.request.Request(f"https://localhost:{PORT}/_admin/{command}", method="POST",
                                         data=json.dumps(values).encode())
        with urllib.request.urlopen(request, context=self.context, timeout=60) as answer:
            return json.load(answer)

    def config(self, latency_ms=50, scale=100, retry_after_ms=-1, throttle=False):
        """How the stub answers from now on; each figure is the baseline's where nothing else is said."""
        self.admin("config", latency_ms=latency_ms, scale=scale, retry_after_ms=retry_after_ms, throttle=throttle)

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Peak(threading.Thread):
    """The largest resident size of a process in MB, by looking at it every 5 ms.

    (The kernel's own answer at the end, ru_maxrss, counts this script's size before the exec as well.)
    """

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.status, self.megabytes, self.done = f"/proc/{pid}/status", 0.0, threading.Event()

    def run(self):
        while not self.done.wait(0.005):
            try:
                with open(self.status) as status:
                    lines = [line for line in status if line.startswith("VmHWM:")]
            except OSError:
                return
            if lines:
                self.megabytes = int(lines[0].split()[1]) / 1024


@dataclasses.dataclass
class Run:
    """What one run took: seconds, seconds of CPU, MB, requests, and how many of them were throttled."""
    wall: float
    cpu: float
    memory: float
    requests: int
    throttled: int
    output: str


class Runner:
    """Runs a binary against the stub, in folders of its own."""

    def __init__(self, binary, bench, folder, stub, runs):
        self.binary, self.bench, self.folder, self.stub, self.runs = binary, bench, folder, stub, runs
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("TF_", "ARM_", "AZURE_", "RINGFENCE_"))}
        self.environment["SSL_CERT_FILE"] = str(folder / "ca.pem")

    def place(self, *names, **files):
        """A working folder with files of the benchmark and others (`a__b_tf`: a/b.tf), and an empty subscription."""
        work = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        for name in names:
            shutil.copyfile(self.bench / name, work / name)
        for name, text in files.items():
            path = work / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        self.stub.admin("reset")
        self.run(work, ["init", "-input=false"])
        return work

    def run(self, work, arguments, code=0, **environment):
        self.stub.admin("stats_reset")
        log = self.folder / "last.txt"
        with open(log, "wb") as output:
            begin = time.perf_counter()
            child = subprocess.Popen([self.binary, *arguments], cwd=work, env=self.environment | environment,
                                     stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
            peak = Peak(child.pid)
            peak.start()
            _, status, usage = os.wait4(child.pid, 0)
            wall = time.perf_counter() - begin
            child.returncode = os.waitstatus_to_exitcode(status)
            peak.done.set()
        text = log.read_text(errors="replace")
        if child.returncode != code:
            fail(f"{' '.join(arguments)} ended with {child.returncode}, not {code}:\n{text[-4000:]}")
        stats = self.stub.admin("stats")
        return Run(wall, usage.ru_utime + usage.ru_stime, peak.megabytes, stats["n"], stats.get("throttled", 0), text)

    def repeat(self, work, arguments, code=0, runs=None):
        """Several runs after one that does not count."""
        self.run(work, arguments, code)
        return [self.run(work, arguments, code) for _ in range(runs or self.runs)]

    def resources(self):
        return self.stub.admin("stats")["resources"]
