"""How often the report's diagnosis is right: farms of 45 microservers for 4 virtual hours, one planted fault each.

    cargo build --release && python3 tests/bench/diagnosis/run.py target/release/hubmark [SEEDS]

Right is a report that names the planted fault, and its node where it has one, and nothing else; on a healthy farm one that names nothing.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

FAULTS = [
    ("healthy, kernels on the GPU server", [], None, None),
    ("healthy, kernels on the microservers", ["--kernels", "microserver"], None, None),
    ("slow node: ms-07 at 80 %", ["--kernels", "microserver", "--fault", "slow:ms-07,speed=80%"], "node_slow", "ms-07"),
    ("throttled GPU: GPU 3 at 50 % from 1 h on", ["--fault", "throttled:gx8,gpu=3,speed=50%,from=1h"], "gpu_throttled", "ms-04"),
    ("memory leak: 10 GiB an hour on the GPU server", ["--fault", "leak:gx8,rate=10GiB"], "memory_leak", "gx8"),
    ("processors of the GPU server: 12", ["--cores", "12"], "cpu_saturated", "gx8"),
    ("hub lets 2 spawns be pending", ["--fault", "spawns:gx8,together=2"], "spawns_limited", None),
    ("one reboot: ms-03 for 95 s", ["--fault", "reboot:ms-03,at=1h,lasts=95s"], "rebooted", "ms-03"),
    ("uneven mix: ms-45", ["--uneven"], "mix_uneven", "ms-45"),
]


def main():
    hubmark = pathlib.Path(sys.argv[1]).resolve()
    seeds = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    scenario = pathlib.Path(__file__).parent / "scenario.lua"
    print("| farm | right | named besides, or instead |\n| --- | ---: | --- |")
    for name, arguments, key, node in FAULTS:
        right, others = 0, {}
        for seed in range(1, seeds + 1):
            with tempfile.TemporaryDirectory() as runs:
                command = [hubmark, "simulate", scenario, "--seed", str(seed), "--runs-dir", runs, *arguments]
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                (summary,) = pathlib.Path(runs).glob("*/summary.json")
                found = json.loads(summary.read_text())["metric_sets"]["diagnosis"]
            said = [(one["key"], one["nodes"]) for one in found]
            wanted = lambda one: one[0] == key and (node is None or one[1] == [node])
            right += len(said) == 1 and wanted(said[0]) if key else not said
            for one in said:
                if not wanted(one):
                    others[one[0]] = others.get(one[0], 0) + 1
        named = ", ".join(f"{key} {count}" for key, count in sorted(others.items())) or "–"
        print(f"| {name} | {right} of {seeds} | {named} |", flush=True)


main()
