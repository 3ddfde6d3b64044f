# SPDX-License-Identifier: Apache-2.0
"""What a benchmark prints: a Markdown table for each scenario, a note of the machine, and the verdict of the smoke."""
import os
import platform
import re
import shutil
import subprocess
from datetime import datetime, timezone
from statistics import median


def cpu(sample, keys):
    """Microseconds a key."""
    return (sample["user"] + sample["system"]) * 1e6 / keys


def figures(samples, keys):
    used = [cpu(s, keys) for s in samples]
    wall = [s["wall"] for s in samples]
    return {"cpu_us": median(used), "cpu_us_min": min(used), "cpu_us_max": max(used),
            "wall_s": median(wall), "wall_s_min": min(wall), "wall_s_max": max(wall),
            "keys_per_second": keys / median(wall), "rss_mib": max(s["rss_kib"] for s in samples) / 1024}


def ratio(all_figures, name, other):
    if name not in all_figures or other not in all_figures:
        return None
    return all_figures[name]["cpu_us"] / all_figures[other]["cpu_us"]


def number(value):
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(result):
    """result: scenario, programs, figures {name: …}, refused {name: why}."""
    scenario, all_figures = result["scenario"], result["figures"]
    single = scenario.mode == "single"
    unit, scale = ("ms a run", 1e-3) if single else ("µs a key", 1)
    wall_unit, wall_scale = ("ms", 1e3) if single else ("s", 1)
    lines = [f"### {scenario.name}: {scenario.title}" + ("" if single else f", {scenario.keys:,} keys"), "",
             f"| program | CPU, {unit}: median (spread) | to C | to C, system's libcurl | to Node | keys a second | wall, {wall_unit}: median (spread) | peak RSS, MiB |",
             "| --- | --- | --- | --- | --- | --- | --- | --- |"]
    for program in result["programs"]:
        if program.name in result["refused"]:
            lines.append(f"| {program.label} | not measured: {result['refused'][program.name].replace('|', '/')} | | | | | | |")
            continue
        f = all_figures[program.name]
        ratios = [ratio(all_figures, program.name, other) for other in ("reference", "system", "node")]
        cells = [program.label,
                 f"{number(f['cpu_us'] * scale)} ({number(f['cpu_us_min'] * scale)}–{number(f['cpu_us_max'] * scale)})",
                 *("" if r is None else f"{r:.2f}" for r in ratios),
                 "" if single else f"{f['keys_per_second']:,.0f}",
                 f"{number(f['wall_s'] * wall_scale)} ({number(f['wall_s_min'] * wall_scale)}–{number(f['wall_s_max'] * wall_scale)})",
                 f"{f['rss_mib']:.1f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def first_line(*command):
    if not shutil.which(command[0]) and not os.path.exists(command[0]):
        return None
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip().splitlines()[0]


def machine():
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    versions = {"nginx": first_line(nginx, "-v"), "redis": first_line("redis-server", "--version"),
                "node": first_line("node", "--version"), "go": first_line("go", "version"),
                "python": first_line("python3", "--version")}
    found = {k: re.search(r"\d+\.\d+(\.\d+)?", v).group() for k, v in versions.items() if v}
    model = re.search(r"model name\s*:\s*(.*)", open("/proc/cpuinfo", encoding="utf-8").read())
    return {"date": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%MZ"), "cores": os.cpu_count(),
            "processor": model.group(1) if model else platform.machine(),
            "kernel": platform.release(), "load_before": round(os.getloadavg()[0], 2), "versions": found}


def note(facts, rounds):
    busy = " The machine was busy with other work: compare ratios, not microseconds." if facts["load_before"] > 0.7 else ""
    versions = ", ".join(f"{k} {v}" for k, v in facts["versions"].items())
    return (f"{facts['date']}, {facts['cores']} cores of {facts['processor']}, Linux {facts['kernel']}, load {facts['load_before']} "
            f"before; {versions}. {rounds} rounds, programs in turn; nginx, Redis and the program share the cores. CPU is the "
            f"program's own, user and system, its start included.{busy}")


def verdict(results, limits):
    """Lines for the smoke, and whether all is well."""
    lines, good = [], True
    for result in results:
        name = result["scenario"].name
        limit = limits["cpu_ratio_to_reference"][name]
        most = limit * (1 + limits["slack"])
        if result["refused"]:
            lines.append(f"{name}: not measured: " + "; ".join(f"{k}: {v}" for k, v in result["refused"].items()))
            good = False
            continue
        got = ratio(result["figures"], "prewarm", "reference")
        word = "well" if got <= most else "worse than allowed"
        lines.append(f"{name}: {got:.2f} times the C reference's CPU; limit {limit} and {limits['slack']:.0%} more, {most:.2f}: {word}")
        good = good and got <= most
    return lines, good
