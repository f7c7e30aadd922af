"""The specification's ten metrics twice: as hubmark's report has them, and as PromQL has them for the same window.

    cargo build && cargo build -p nvml-standin
    python3 tests/bench/promql/run.py target/debug/hubmark target/debug/libnvidia_ml.so [--length 2m] [--out FOLDER]

On loopback it starts a lab (a real JupyterHub), two `hubmark agent`s, a node_exporter and a Prometheus, and runs
`scenarios/farm-baseline --preset small` with four microservers. The GPUs are those of the stand-in library: SIMULATED. Prometheus and
node_exporter are taken from the folder that HUBMARK_PROMETHEUS names, else from hubmark's cache, where `cargo test --test prom` puts them.

All five nodes are this one machine, seen through two agents and a node_exporter; what differs between nodes is who measured, not what was.

`--mix torch --kernel-env NAME=VALUE …` runs the notebooks that need PyTorch, with variables that lead kernels to it.
It ends with 1 if a figure differs by more than its slack, or if two counts of tasks differ.
The slack is for loads of two minutes and more: of a shorter one, the 5 s between two samples at its ends are a larger part.
"""

import argparse
import contextlib
import datetime
import json
import os
import pathlib
import platform
import re
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

AGENTS = 4
REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
SCENARIO = REPOSITORY / "scenarios" / "farm-baseline"

# Percent at which each GPU of the stand-in works, step by step over the first minutes of a process; never the same on two GPUs.
STEPS = [(20, 55), (80, 35), (5, 95), (60, 60)]

# A kernel of the account hubmark-0003 sees GPU 2 alone, as a spawner that hands out GPUs would have it.
KERNEL = """
import os, runpy, sys
digits = "".join(c for c in os.environ.get("JUPYTERHUB_USER", "") if c.isdigit())
os.environ["CUDA_VISIBLE_DEVICES"] = str(int(digits or 1) - 1)
os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
runpy.run_module("ipykernel_launcher", run_name="__main__")
"""

# (metric, key of a metric set, recorded rule, how a role is made of its nodes, kind, slack). Slack is absolute: a share, tasks a minute, seconds.
FIGURES = [
    ("GPU utilization", "gpu_utilization", "hubmark:gpu_utilization:ratio", "avg", "rate", 0.01),
    ("– GPU memory, greatest", "gpu_memory_max", "hubmark:gpu_memory_utilization:ratio", "max", "greatest", 0.001),
    ("Memory usage", "memory", "hubmark:memory_utilization:ratio", "avg", "gauge", 0.005),
    ("– greatest", "memory_max", "hubmark:memory_utilization:ratio", "max", "greatest", 0.01),
    ("CPU usage", "cpu", "hubmark:cpu_utilization:ratio", "avg", "rate", 0.01),
    ("Task completion rate", "tasks_per_minute", None, "sum", "rate", 1.0),
    ("System uptime", "uptime_s", "hubmark:uptime:seconds", "min", "last", 2.0),
    ("– share of time reachable", "availability", "hubmark:availability_1h:ratio", "avg", "rate", 0.01),
]
TASKS = {"microserver": "hubmark:task_completions:per_minute", "gpu_server": "hubmark:task_completions_combined:per_minute"}
# What a difference within the slack comes from.
WHY = {
    "rate": "rate() reaches for the edges of the window from scrapes a second apart; the report sums what was counted between samples 5 s apart",
    "greatest": "who looks every second sees more peaks than who looks every 5 s",
    "gauge": "means of values read at different moments: every second by Prometheus, every 5 s by the run",
    "last": "two clocks read the time of boot; the run's last sample is up to 5 s old but the uptime is that of the window's end",
    "tasks": "counted by the run's page, scraped every second: rate() sees a task up to a second after it ended",
}


def until(what, look, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found is not None:
            return found
        time.sleep(0.1)
    raise SystemExit(f"waited in vain until {what}")


class Rig:
    """Processes on loopback, on ports that the system picks; they end with the rig."""

    def __init__(self, stack, folder):
        self.stack, self.folder = stack, folder

    def start(self, name, command, **more):
        log = open(self.folder / f"{name}.log", "w")
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, **more)
        self.stack.callback(self.end, process)
        return process

    @staticmethod
    def end(process):
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def said(self, name, pattern, process):
        def look():
            text = (self.folder / f"{name}.log").read_text()
            if process.poll() is not None:
                raise SystemExit(f"{name} ended with {process.returncode}:\n{text}")
            found = re.search(pattern, text)
            return found and found.group(1)

        return until(f"{name} says where it listens", look)

    def listening(self, name, command, pattern, **more):
        return self.said(name, pattern, self.start(name, command, **more))


def free_address():
    """An address for a run's page: Prometheus has to know it before the run is there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return "127.0.0.1:%d" % probe.getsockname()[1]


def get(url, token=None):
    request = urllib.request.Request(url, headers={"Authorization": f"token {token}"} if token else {})
    with urllib.request.urlopen(request, timeout=30) as reply:
        return reply.read().decode()


class Prometheus:
    def __init__(self, address):
        self.address = address

    def ask(self, path, **query):
        url = f"http://{self.address}{path}?{urllib.parse.urlencode(query)}"
        return json.loads(get(url))["data"]

    def values(self, query, at, label):
        """The values of an expression at a time, by a label."""
        found = self.ask("/api/v1/query", query=query, time=f"{at:.3f}")["result"]
        return {row["metric"].get(label, ""): float(row["value"][1]) for row in found}

    def reached(self, jobs, targets):
        """True once so many targets of these jobs answer, else None."""
        try:
            up = self.values(f'count(up{{job=~"{jobs}"}} == 1)', time.time(), "job")
        except OSError:  # it listens before it has read its storage, and answers 503 until then
            return None
        return up.get("") == targets or None

    def rules(self):
        groups = self.ask("/api/v1/rules")["groups"]
        return {rule["name"]: rule["query"] for group in groups for rule in group["rules"] if rule["type"] == "recording"}


def programs():
    cache = os.environ.get("HUBMARK_CACHE") or pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "hubmark"
    folder = pathlib.Path(os.environ.get("HUBMARK_PROMETHEUS") or pathlib.Path(cache) / "prometheus/root/usr/bin")
    found = [folder / name for name in ("prometheus", "prometheus-node-exporter")]
    if not all(program.is_file() for program in found):
        raise SystemExit("Prometheus is missing: `cargo test --test prom` fetches it, or name its folder in HUBMARK_PROMETHEUS")
    return found


def stand_in(folder, library):
    """A folder with the stand-in under the driver's name, and the document that says what its machine is like."""
    gpus = []
    for number, (low, high) in enumerate(STEPS):
        steps = [[30.0 * step, [low, high][step % 2]] for step in range(200)]
        gpus.append({"uuid": f"GPU-{number}", "load": {"steps": steps}, "memory_used": (8 + 16 * number) << 30})
    document = folder / "machine.json"
    document.write_text(json.dumps({"real_time": True, "gpus": gpus}))
    drivers = folder / "drivers"
    drivers.mkdir()
    (drivers / "libnvidia-ml.so.1").symlink_to(pathlib.Path(library).resolve())
    return document, drivers


def kernels(folder, document, drivers, more):
    """A `python3` kernel that sees its account's GPU, before the environment's own."""
    env = dict(pair.split("=", 1) for pair in more)
    env["LD_LIBRARY_PATH"] = ":".join([str(drivers)] + ([env["LD_LIBRARY_PATH"]] if "LD_LIBRARY_PATH" in env else []))
    env["NVML_STANDIN"] = str(document)
    spec = {"argv": ["python", "-c", KERNEL, "-f", "{connection_file}"], "display_name": "Python 3", "language": "python", "env": env}
    place = folder / "jupyter" / "kernels" / "python3"
    place.mkdir(parents=True)
    (place / "kernel.json").write_text(json.dumps(spec))
    return folder / "jupyter"


def lab(rig, hubmark, jupyter):
    name = f"promql-{os.getpid()}"
    rig.stack.callback(subprocess.run, [hubmark, "lab", "down", "--name", name], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    up = [hubmark, "lab", "up", "--name", name, "--kernels", jupyter, "--format", "json"]
    up = subprocess.run(up, stdout=subprocess.PIPE, check=True)
    return json.loads(up.stdout)


def farm(rig, hubmark, options):
    """Everything under the load: exporters, hub, run and the Prometheus that watches them. The run's folder, the lab and Prometheus."""
    prometheus, node_exporter = programs()
    document, drivers = stand_in(rig.folder, options.library)
    gpus = os.environ | {"HUBMARK_NVML": str(drivers / "libnvidia-ml.so.1"), "NVML_STANDIN": str(document)}
    server = socket.gethostname()
    lent = [word for number in range(AGENTS) for word in ("--gpu", f"{number}=ms-{number + 1:02}")]
    agent = [hubmark, "agent", "--listen", "127.0.0.1:0", "--node"]
    address = r"http://([0-9.]+:\d+)"
    gx8 = rig.listening("agent-server", [*agent, server, "--role", "gpu-server", *lent], address, env=gpus)
    ms1 = rig.listening("agent-ms-01", [*agent, "ms-01", "--role", "microserver"], address)
    exporter = [node_exporter, "--web.listen-address=127.0.0.1:0", "--no-collector.systemd"]
    others = rig.listening("node_exporter", exporter, r'msg="Listening on" address=([0-9.]+:\d+)\n')
    hub = lab(rig, hubmark, kernels(rig.folder, document, drivers, options.kernel_env))

    names = [f"ms-{number:02}" for number in range(2, AGENTS + 1)]
    at = " ".join([f"{server}={gx8}", f"ms-01={ms1}", *(f"{name}={others}" for name in names)])
    metrics = free_address()

    def printed(*words):
        return subprocess.run([hubmark, "prom", *words], stdout=subprocess.PIPE, check=True, text=True).stdout

    (rig.folder / "rules.yml").write_text(printed("rules", "--interval", "1s"))
    targets = ["--gpu-server", f"{server}={gx8}", "--microserver", f"ms-01={ms1}", "--lent-gpus", "--run", metrics]
    targets += [word for name in names for word in ("--microserver", f"{name}={others}/metrics")]
    config = printed("config", "--interval", "1s", "--rules", str(rig.folder / "rules.yml"), *targets)
    (rig.folder / "prometheus.yml").write_text(config)
    command = [prometheus, f"--config.file={rig.folder}/prometheus.yml", f"--storage.tsdb.path={rig.folder}/tsdb"]
    command += ["--web.listen-address=127.0.0.1:0"]
    watching = Prometheus(rig.listening("prometheus", command, r'msg="Listening on" address=([0-9.]+:\d+)\n'))
    # What is scraped only after the load began would have to be guessed for the part before.
    until("Prometheus has scraped every node", lambda: watching.reached("hubmark-(microservers|gpu-servers)", AGENTS + 1))

    command = [hubmark, "run", SCENARIO, "--preset", "small", "--agents", str(AGENTS), "--gpus", str(AGENTS), "--server", server]
    command += ["--sources", "exporters", "--at", at, "--keep", "all", "--length", options.length, "--mix", options.mix]
    command += ["--hub", hub["url"], "--metrics", metrics, "--runs-dir", rig.folder / "runs"]
    run = rig.start("run", command, env=os.environ | {"JUPYTERHUB_API_TOKEN": hub["token"], "NO_COLOR": "1"})
    code = run.wait()
    print((rig.folder / "run.log").read_text())
    if code not in (0, 5, 99):  # a busy machine and a failed threshold are no failure of this comparison
        raise SystemExit(f"the run ended with {code}")
    (folder,) = (rig.folder / "runs").iterdir()
    return folder, hub, watching



def promql(watching, rules, role, figure, window):
    """A figure of a role by the recorded rule's own expression, over the whole window instead of the minute that rules look back."""
    _, key, record, over, kind, _ = figure
    span = f"{round((window[1] - window[0]) * 1000)}ms"
    query = re.sub(r"\[(1m|1h)\]", f"[{span}]", rules[record or TASKS[role]])
    if kind in ("gauge", "greatest"):
        query = f"{'avg' if kind == 'gauge' else 'max'}_over_time(({query})[{span}:1s])"
    found = watching.values(f"{over} by (role) ({query})", window[1], "role")
    # The combined rate is of all tasks together and knows no role until it is recorded.
    return found.get("" if (role, key) == ("gpu_server", "tasks_per_minute") else role)


def shown(key, value):
    if value is None:
        return "–"
    return f"{value:.2f}" if key in ("tasks_per_minute", "uptime_s") else f"{value * 100:.2f} %"


def metrics(run, watching):
    """Prints the ten metrics and a few beside them; how many differ by more than their slack."""
    summary = json.loads((run / "summary.json").read_text())
    manifest = json.loads((run / "manifest.json").read_text())
    began = manifest["started_wall_ns"] / 1e9
    (load,) = [phase for phase in summary["timeline"]["phases"] if phase["name"] == "load"]
    window = (began + load["from_s"], began + load["to_s"])
    rules = watching.rules()
    print(f"The load: {window[1] - window[0]:.1f} s, and the same window in PromQL.\n")
    print("| role | metric | hubmark's report | PromQL | difference | allowed |\n| --- | --- | ---: | ---: | ---: | ---: |")
    wrong = 0
    for role in summary["metric_sets"]["roles"]:
        for figure in FIGURES:
            name, key, _, _, _, slack = figure
            ours = role[key]["value"] if key == "tasks_per_minute" else role[key]
            theirs = promql(watching, rules, role["role"], figure, window)
            apart = None if None in (ours, theirs) else ours - theirs
            wrong += apart is None or abs(apart) > slack
            print(f"| {role['name']} | {name} | {shown(key, ours)} | {shown(key, theirs)} | {shown(key, apart)} | {shown(key, slack)} |")
    print("\nWhere differences within the allowed come from:\n")
    for name, key, _, _, kind, _ in FIGURES:
        print(f"- {name}: {WHY['tasks' if key == 'tasks_per_minute' else kind]}.")
    return summary, window, wrong


def executed(home):
    """How often each notebook was executed to its end under an account, by the history that its kernels keep."""
    history = home / ".ipython/profile_default/history.sqlite"
    if not history.is_file():
        return 0
    with contextlib.closing(sqlite3.connect(f"file:{history}?mode=ro", uri=True)) as db:
        ran = [source for (source,) in db.execute("select source_raw from history")]
    last = []
    for notebook in (SCENARIO / "notebooks").glob("*.ipynb"):
        cells = [cell for cell in json.loads(notebook.read_text())["cells"] if cell["cell_type"] == "code"]
        last.append("".join(cells[-1]["source"]).strip())
    return sum(ran.count(source) for source in last)


def counts(run, hub, watching, summary, window):
    """Prints the tasks of each node as four parties counted them; how many of the sums are not the combined one."""
    nodes = [node for node in summary["metric_sets"]["nodes"] if node["role"] == "microserver"]
    (server,) = [node for node in summary["metric_sets"]["roles"] if node["role"] == "gpu_server"]
    completed = 'sum by (node) (max_over_time(hubmark_tasks_completed_total{outcome="ok"}[1d]))'
    scraped = watching.values(completed, time.time(), "node")
    copies = {}
    for file in (run / "notebooks").iterdir():
        outcome, slot = re.fullmatch(r"[a-z]+-([a-z_]+)-agents-(\d+)-\d+\.ipynb", file.name).groups()
        copies[int(slot)] = copies.get(int(slot), 0) + (outcome == "ok")
    print("\n| node | report | PromQL | executed notebooks kept | history of its kernels |\n| --- | ---: | ---: | ---: | ---: |")
    sums = [0, 0, 0, 0]
    for slot, node in enumerate(nodes):
        home = pathlib.Path(hub["folder"]) / "home" / f"hubmark-{slot + 1:04}"
        row = [node["tasks"], int(scraped.get(node["name"], 0)), copies.get(slot, 0), executed(home)]
        sums = [total + one for total, one in zip(sums, row)]
        print(f"| {node['name']} | " + " | ".join(map(str, row)) + " |")
    print("| sum | " + " | ".join(map(str, sums)) + " |")
    minutes = (window[1] - window[0]) / 60
    print(f"\nCombined, as the report has it for the GPU server: {server['tasks']} tasks, {server['tasks_per_minute']['value']:.4f} a minute.")
    rates = sum(node["tasks_per_minute"]["value"] for node in nodes)
    print(f"Sum of the nodes' rates: {rates:.4f} a minute. The kernels' count over the same time: {sums[3] / minutes:.4f} a minute.")
    page = get(f"{hub['url'].rstrip('/')}/hub/metrics", hub["token"])
    spawned = re.search(r'jupyterhub_server_spawn_duration_seconds_count\{[^}]*status="success"\} ([0-9.]+)', page)
    print(f"The hub's own count of servers that it started: {float(spawned.group(1)):.0f}." if spawned else "The hub counts no servers.")
    return sum(total != server["tasks"] for total in sums) + (abs(rates - server["tasks_per_minute"]["value"]) > 1e-9)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hubmark", type=pathlib.Path)
    parser.add_argument("library", type=pathlib.Path, help="the stand-in's libnvidia_ml.so")
    parser.add_argument("--length", default="2m", help="length of the load")
    parser.add_argument("--mix", default="plain", help="mix of farm-baseline's notebooks")
    parser.add_argument("--kernel-env", action="append", default=[], metavar="NAME=VALUE", help="variable of kernels")
    parser.add_argument("--out", type=pathlib.Path, help="keep everything that is written here, in a folder that is empty or new")
    options = parser.parse_args()
    hubmark = options.hubmark.resolve()
    with contextlib.ExitStack() as stack:
        folder = options.out.resolve() if options.out else pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        run, hub, watching = farm(Rig(stack, folder), hubmark, options)
        version = subprocess.run([hubmark, "--version"], stdout=subprocess.PIPE, text=True).stdout.strip()
        build = watching.ask("/api/v1/status/buildinfo")["version"]
        print(f"{datetime.date.today()}, {version}, Prometheus {build}, Python {platform.python_version()}, {os.cpu_count()} processors.")
        print("GPUs are a stand-in's: SIMULATED.\n")
        summary, window, wrong = metrics(run, watching)
        wrong += counts(run, hub, watching, summary, window)
    print("\nEverything agrees." if wrong == 0 else f"\n{wrong} figures do not agree.")
    sys.exit(wrong > 0)


main()
