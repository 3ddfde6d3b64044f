# SPDX-License-Identifier: Apache-2.0
"""What is measured: the upstream's data, the schedule file for prewarm, and how to tell that a run did its work."""
import json
import random
import re
import string
from dataclasses import dataclass
from pathlib import Path

BATCH = 500
TTL_MS = 3 * 3600 * 1000
HEAD = re.compile(rb'\{"version":1,"lastUpdated":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)","payload":')


@dataclass(frozen=True)
class Scenario:
    name: str
    title: str
    mode: str           # the word that the peers take: each, batch, conditional, single
    keys: int
    size: int           # bytes of one body or record
    repeats: int = 1    # processes measured in a round

    def scaled(self, factor):
        if self.mode == "single":
            return self
        step = BATCH if self.mode == "batch" else 1
        keys = max(step, int(self.keys * factor) // step * step)
        return Scenario(self.name, self.title, self.mode, keys, self.size, self.repeats)

    @property
    def slug(self):
        return self.name.lower()


ALL = {s.name: s for s in (
    Scenario("S1", "one GET of 1 KiB for each id", "each", 20_000, 1024),
    Scenario("S2", "one GET of 16 KiB for each id", "each", 20_000, 16384),
    Scenario("S3", f"batch answers of {BATCH} records of 1 KiB", "batch", 100_000, 1024),
    Scenario("S4", "cold one-shot of one schedule, whole process", "single", 1, 1024, repeats=10),
    Scenario("S5", "nothing changed: 304, renewed in place", "conditional", 20_000, 1024),
)}

_draw = random.Random(1)
_TEXT = "".join(_draw.choice(string.ascii_letters + string.digits + "      ") for _ in range(1 << 16))


def _text(i, size):
    at = i * 7919 % (len(_TEXT) - 20_000)
    return _TEXT[at:at + size]


def record(identifier, i, size):
    """A user as an API tells it: `size` bytes, the same for the same arguments."""
    start = (f'{{"id":"{identifier}","username":"{_text(i, 12).strip() or "anna"}","first_name":"Zo\u00eb {_text(i + 1, 6)}",'
             f'"last_name":"O\\u2019{_text(i + 2, 9)}","image_url":"https://img.example.net/u/{i:08d}.webp",'
             f'"created_at":{1_700_000_000_000 + i},"score":{i % 997 / 8},"verified":{"true" if i % 3 else "false"},"banned":null,'
             f'"email_addresses":[{{"id":"e{i}","address":"user{i}@example.net","primary":true}},'
             f'{{"id":"f{i}","address":"user{i}@example.org","primary":false}}],'
             f'"public_metadata":{{"role":"expert","topics":["music","film","{_text(i + 3, 5)}"],"rank":{i % 100}}},"bio":"')
    return (start + _text(i, size - len(start.encode()) - 2) + '"}').encode()


def body(scenario, identifier, i):
    if scenario.size < 4096:
        return record(identifier, i, scenario.size)
    parts = [record(f"{identifier}-{n}", i + n, 1000) for n in range(scenario.size // 1024 - 1)]
    start = f'{{"id":"{identifier}","items":['.encode() + b",".join(parts) + b'],"note":"'
    return start + _text(i, scenario.size - len(start) - 2).encode() + b'"}'


def ids(scenario):
    if scenario.mode == "single":
        return []
    if scenario.mode == "batch":  # the batch's number in front, for the upstream to find the answer by
        return [f"{i // BATCH:04d}x{i % BATCH:04d}" for i in range(scenario.keys)]
    return [f"u{i:07d}" for i in range(scenario.keys)]


def prepare(scenario, data: Path, schedules: Path, http):
    """Writes the upstream's files, the ids and the schedule; returns the URL that the peers are given."""
    names = ids(scenario)
    data.mkdir(exist_ok=True)
    if scenario.mode == "single":
        (data / "one").write_bytes(record("one", 0, scenario.size))
        url = f"{http}/one"
    elif scenario.mode == "batch":
        (data / "batches").mkdir()
        for first in range(0, len(names), BATCH):
            records = [record(names[i], i, scenario.size) for i in range(first, first + BATCH)]
            (data / "batches" / f"{first // BATCH:04d}.json").write_bytes(b"[" + b",".join(records) + b"]")
        url = f"{http}/users"
    else:
        (data / scenario.slug).mkdir()
        for i, name in enumerate(names):
            (data / scenario.slug / name).write_bytes(body(scenario, name, i))
        url = f"{http}/{scenario.slug}"
    schedules.mkdir()
    (schedules / "ids.txt").write_text("".join(f"{name}\n" for name in names))
    (schedules / f"{scenario.slug}.jsonc").write_text(schedule(scenario, url))
    return url


def schedule(scenario, url):
    fanout = {"ids": {"file": "ids.txt"}}
    if scenario.mode == "batch":
        fanout |= {"batch": BATCH, "param": "user_id", "join": ",", "records": "", "id": "/id"}
    fetch = {"url": url if scenario.mode in ("batch", "single") else f"{url}/{{id}}"}
    if scenario.mode != "conditional":  # nginx sends validators, and no other program would keep them
        fetch["conditional"] = False
    text = {"schedule": "@hourly", "timeout": "5m", "fetch": fetch, "fanout": fanout,
            "store": {"version": 1, "ttl": "3h"}}
    if scenario.mode == "single":
        del text["fanout"]
    return json.dumps(text, indent=2) + "\n"


def key(scenario, identifier):
    return f"{scenario.slug}:bench:{identifier}:v1" if identifier else f"{scenario.slug}:bench:v1"


def instants(redis, scenario, sample=200):
    """lastUpdated of some keys, to be compared before and after a renewal."""
    names = ids(scenario)
    return [redis.ask("GETRANGE", key(scenario, n), 28, 51) for n in names[::max(1, len(names) // sample)]]


def fault(redis, scenario, sample=200):
    """None, or what is wrong in the store: every key must be there, and some are compared byte for byte."""
    names = ids(scenario) or [""]
    chunks = [names[i:i + 1000] for i in range(0, len(names), 1000)]
    there = sum(redis.ask_all([["EXISTS", *(key(scenario, n) for n in chunk)] for chunk in chunks]))
    if there != len(names):
        return f"{there} of {len(names)} keys are there"
    step = max(1, len(names) // sample)
    for i in range(0, len(names), step):
        value, ttl = redis.ask_all([["GET", key(scenario, names[i])], ["PTTL", key(scenario, names[i])]])
        want = record("one", 0, scenario.size) if scenario.mode == "single" else (
            record(names[i], i, scenario.size) if scenario.mode == "batch" else body(scenario, names[i], i))
        head = HEAD.match(value)
        if head is None:
            return f"{key(scenario, names[i])} has no head: {value[:60]!r}"
        if value[head.end():] != want + b"}":
            return f"{key(scenario, names[i])} does not hold the upstream's bytes"
        if not TTL_MS - 300_000 < ttl <= TTL_MS:
            return f"{key(scenario, names[i])} has a TTL of {ttl} ms"
    return None
