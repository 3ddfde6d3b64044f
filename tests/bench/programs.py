# SPDX-License-Identifier: Apache-2.0
"""The programs that are compared: how each is started, and what is missing if it cannot be."""
import json
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
RELEASE = ROOT / "build" / "release"
SCRATCH = ROOT / "build" / "bench"
GO_SOURCES = Path("/usr/share/gocode")
MEASURE = RELEASE / "tests" / "bench" / "bench_measure"


class Refused(Exception):
    """The program did not do the work; the text is what it said."""


@dataclass
class Work:
    """One run's surroundings."""
    scenario: object
    url: str
    socket: Path
    schedules: Path
    folder: Path

    def arguments(self):
        return [self.scenario.mode, self.scenario.slug, self.url, str(self.socket), str(self.schedules / "ids.txt")]


@dataclass
class Program:
    name: str
    label: str
    command: list = field(default_factory=list)

    def takes(self, scenario):
        return self.name != "shell" or scenario.mode == "single"

    def start(self, work):
        if self.name != "prewarm":
            return [*self.command, *work.arguments()]
        return [*self.command, "once", work.scenario.slug, "--no-heartbeat", "--env", "bench", "--schedules",
                str(work.schedules), "--store", f"redis+unix://{work.socket}"]

    def missing(self):
        """None, or what to do before it can run."""
        return {"prewarm": self._missing_file, "reference": self._missing_file, "system": self._missing_file,
                "node": missing_node, "go": missing_go, "shell": missing_shell}.get(self.name, lambda: None)()

    def _missing_file(self):
        if Path(self.command[0]).exists() and MEASURE.exists():
            return None
        target = "prewarm bench_reference" if self.name == "prewarm" else "bench_reference"
        return f"deploy/setup && cmake --preset release && cmake --build --preset release --target {target}"


def missing_node():
    if not shutil.which("node") or not shutil.which("npm"):
        return "apt-get install nodejs npm"
    if not (SCRATCH / "node_modules" / "undici").exists():
        return ("mkdir -p build/bench && cp tests/bench/package.json tests/bench/package-lock.json build/bench/ && "
                "npm ci --prefix build/bench")
    shutil.copy(HERE / "peer.mjs", SCRATCH)  # Node looks for packages beside the file itself
    return None


def missing_go():
    packages = {"golang-github-valyala-fasthttp-dev": "github.com/valyala/fasthttp",
                "golang-github-valyala-fastjson-dev": "github.com/valyala/fastjson",
                "golang-github-gomodule-redigo-dev": "github.com/gomodule/redigo"}
    absent = [] if shutil.which("go") else ["golang-go"]
    absent += [p for p, path in packages.items() if not (GO_SOURCES / "src" / path).exists()]
    if absent:
        return "apt-get install " + " ".join(absent)
    source, program = HERE / "peer.go", SCRATCH / "peer_go"
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        SCRATCH.mkdir(parents=True, exist_ok=True)
        subprocess.run(["go", "build", "-o", program, source], check=True,
                       env=os.environ | {"GO111MODULE": "off", "GOPATH": str(GO_SOURCES)})
    return None


def missing_shell():
    absent = [tool for tool in ("curl", "jq") if not shutil.which(tool)]
    return "apt-get install " + " ".join(absent) if absent else None


def missing_servers():
    absent = [] if shutil.which("nginx") or Path("/usr/sbin/nginx").exists() else ["nginx-light"]
    absent += [] if shutil.which("redis-server") else ["redis-server"]
    return "apt-get install --no-install-recommends " + " ".join(absent) if absent else None


def everyone(prewarm, folder):
    """All programs. Compiled ones run as copies in `folder`: a file as the linker wrote it starts some 0.5 ms slower than
    the same file as `cp` or an image's layer lays it down, and whichever was linked last would lose by it."""
    # Debian's own interpreter where there is one: others on the path may be wrappers that cost more than they run.
    python = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else "python3"
    bench = RELEASE / "tests" / "bench"
    return [Program("prewarm", "`prewarm once`", [copied(prewarm, folder)]),
            Program("reference", "C reference", [copied(bench / "bench_reference", folder)]),
            Program("system", "C reference, the system's libcurl", [copied(bench / "bench_reference_system", folder)]),
            Program("node", "Node (undici, ioredis)", ["node", str(SCRATCH / "peer.mjs")]),
            Program("go", "Go (fasthttp, redigo)", [copied(SCRATCH / "peer_go", folder)]),
            Program("python", "Python (http.client)", [python, str(HERE / "peer.py")]),
            Program("shell", "shell (curl, jq, redis-cli)", [str(HERE / "peer.sh")])]


def copied(file, folder):
    return str(shutil.copy2(file, folder)) if file.exists() else str(file)


def measured(program, work):
    """Runs it once; returns user, system, wall (seconds) and rss_kib."""
    costs, said = work.folder / "costs.json", work.folder / "said.txt"
    costs.unlink(missing_ok=True)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PREWARM_")}
    with open(said, "wb") as out:
        child = subprocess.Popen([str(MEASURE), str(costs), *program.start(work)], stdout=out, stderr=out,
                                 stdin=subprocess.DEVNULL, env=environment, start_new_session=True)
        try:
            status = child.wait(timeout=600)
        except subprocess.TimeoutExpired:
            raise Refused("took longer than 600 s") from None
        finally:
            if child.returncode is None:  # the program is a grandchild: only its group reaches it
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
    if status != 0:
        lines = [line for line in said.read_text(errors="replace").splitlines() if line.strip()]
        errors = [line for line in lines if "error" in line] or lines[-1:] or ["it said nothing"]
        text = errors[0] if len(errors[0]) < 300 else errors[0][:300] + "…"
        raise Refused(f"exit status {status}: {text}".replace(str(work.folder) + "/", ""))
    return json.loads(costs.read_text())
