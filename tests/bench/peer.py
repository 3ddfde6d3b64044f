#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""peer.py MODE NAME URL SOCKET IDS
The same work as reference.cpp (see there) with Python's standard library: http.client on one kept connection (threads
would only share the interpreter's lock), windows of RESP over a plain socket. All replies of a window are known
beforehand, so a window is verified by one comparison."""
import hashlib
import http.client
import json
import socket
import sys
from datetime import datetime, timezone
from urllib.parse import urlsplit

mode, name, url, path, ids_file = sys.argv[1:6]
BATCH, TTL, ENTRIES, BYTES = 500, b"10800000", 64, 128 * 1024
STATE = f"bench:state:{name}".encode()
HEAD = '{"version":1,"lastUpdated":"%s","payload":'


def command(*words):
    return b"*%d\r\n" % len(words) + b"".join([b"$%d\r\n%b\r\n" % (len(w), w) for w in words])


class Link:
    """One window is built while Redis works on the one before."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.replies = self.socket.makefile("rb", 1 << 18)
        self.out, self.wanted, self.entries, self.bytes = [], [], 0, 0
        self.flying = None

    def add(self, commands, replies):
        """One entry; of its replies the bytes, or a number of bytes and who judges them."""
        self.out.append(commands)
        self.wanted += replies
        self.entries += 1
        self.bytes += len(commands)
        if self.entries >= ENTRIES or self.bytes >= BYTES:
            self.flush()

    def flush(self):
        if self.out:
            self.socket.sendall(b"".join(self.out))
        self.settle()
        self.flying = self.wanted
        self.out, self.wanted, self.entries, self.bytes = [], [], 0, 0

    def settle(self):
        plain = []
        for want in self.flying or []:
            if isinstance(want, bytes):
                plain.append(want)
                continue
            self.compare(plain)
            plain = []
            size, judge = want
            if not judge(self.replies.read(size)):
                sys.exit("peer.py: a renewed value is not the one expected")
        self.compare(plain)

    def compare(self, plain):
        want = b"".join(plain)
        if want and self.replies.read(len(want)) != want:
            sys.exit("peer.py: a reply is not the one expected")

    def ask_list(self, *words):
        self.socket.sendall(command(*words))
        values = []
        for _ in range(int(self.replies.readline()[1:])):
            size = int(self.replies.readline()[1:])
            values.append(self.replies.read(size + 2)[:-2] if size >= 0 else None)
        return values


def key(identifier):
    return (f"{name}:bench:{identifier}:v1" if identifier else f"{name}:bench:v1").encode()


def instant():
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:23] + "Z"


def bulk(value):
    return b"$%d\r\n%b\r\n" % (len(value), value)


def put(link, identifier, started, text, also=b"", also_reply=()):
    k = key(identifier)
    value = f"{HEAD % started}{text}}}".encode()
    link.add(command(b"SET", k, value, b"PX", TTL) + command(b"GET", k) + also, [b"+OK\r\n", bulk(value), *also_reply])


def renew(link, identifier, started, sha, size):
    """The body did not come: the stored payload must have the digest that it had when it was written."""
    k, head = key(identifier), (HEAD % started).encode()
    whole = len(head) + size + 1

    def judge(reply):
        value = reply[-whole - 2:-2]
        return value.startswith(head) and hashlib.sha256(value[len(head):-1]).digest() == sha

    link.add(command(b"SETRANGE", k, b"28", started.encode()) + command(b"PEXPIRE", k, TTL) + command(b"GET", k),
             [b":%d\r\n:1\r\n" % whole, (len(b"$%d\r\n" % whole) + whole + 2, judge)])


def records(text):
    decode, at = json.JSONDecoder().raw_decode, text.index("[") + 1
    while True:
        while text[at] in " \t\r\n,":
            at += 1
        if text[at] == "]":
            return
        value, end = decode(text, at)
        yield value["id"], text[at:end]
        at = end


def take_batch(link, wanted, started, text):
    missing = set(wanted)
    for identifier, record in records(text):
        if identifier in missing:
            missing.discard(identifier)
            put(link, identifier, started, record)
    if missing:
        sys.exit(f"peer.py: {len(missing)} ids did not come back")


def main():
    link, parts = Link(), urlsplit(url)
    upstream = http.client.HTTPConnection(parts.hostname, parts.port)
    with open(ids_file, encoding="ascii") as lines:
        ids = [""] if mode == "single" else lines.read().split()
    state = link.ask_list(b"HMGET", STATE, *(i.encode() for i in ids)) if mode == "conditional" else []

    def get(target, headers):
        started = instant()
        upstream.request("GET", target, headers=headers)
        answer = upstream.getresponse()
        return started, answer, answer.read()

    if mode == "batch":
        for first in range(0, len(ids), BATCH):
            some = ids[first:first + BATCH]
            started, answer, body = get(f"{parts.path}?user_id={','.join(some)}", {})
            if answer.status != 200:
                sys.exit(f"peer.py: status {answer.status}")
            take_batch(link, some, started, body.decode())
        ids = []
    for i, identifier in enumerate(ids):
        known = state[i] if state else None  # digest, size, ETag
        headers = {"If-None-Match": known[40:].decode()} if known else {}
        started, answer, body = get(f"{parts.path}/{identifier}" if identifier else parts.path, headers)
        if answer.status == 304 and known:
            renew(link, identifier, started, known[:32], int(known[32:40], 16))
            continue
        if answer.status != 200:
            sys.exit(f"peer.py: status {answer.status}")
        text = body.decode()
        json.loads(text)
        if mode == "conditional":
            value = hashlib.sha256(body).digest() + b"%08x" % len(body) + answer.headers["etag"].encode()
            put(link, identifier, started, text, command(b"HSET", STATE, identifier.encode(), value), [b":1\r\n"])
        else:
            put(link, identifier, started, text)
    link.flush()
    link.settle()


main()
