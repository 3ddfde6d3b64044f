# SPDX-License-Identifier: Apache-2.0
"""The private servers of a benchmark: nginx for the upstream, Redis for the store. Both end with the harness."""
import os
import resource
import shutil
import socket
import subprocess
import time
from pathlib import Path

NGINX = """
daemon off;
{user}
worker_processes 1;  # two cores are shared by nginx, Redis and the worker that is measured
worker_rlimit_nofile {descriptors};
pid nginx.pid;
error_log error.log warn;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  default_type application/json;
  keepalive_timeout 60s;
  keepalive_requests 100000000;
  # One write with head and body: with sendfile a small answer comes in two pieces and costs each client a second read.
  sendfile off;
  output_buffers 2 64k;
  open_file_cache max={cached} inactive=1h;
  open_file_cache_valid 1h;
  large_client_header_buffers 8 32k;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  # The batch is read off the first id, so the file that answers is the right one however the ids are joined.
  map $arg_user_id $batch {{ default none; "~^(?<number>[0-9]+)x" $number; }}
  server {{
    listen 127.0.0.1:{port} backlog=1024;
    root data;
    location = /users {{ sendfile on; tcp_nopush on; try_files /batches/$batch.json =404; }}
  }}
}}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until(ready, what):
    for _ in range(200):
        if ready():
            return
        time.sleep(0.05)
    raise SystemExit(f"bench: {what} did not start")


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 0.2).close()
        return True
    except OSError:
        return False


class Servers:
    def __init__(self, folder: Path):
        self.folder = folder
        self.data = folder / "data"
        self.data.mkdir()
        self.redis_socket = folder / "redis.sock"
        self.redis_port, self.http_port = free_port(), free_port()
        self.children = []
        self._start_redis()
        self._start_nginx()

    @property
    def http(self):
        return f"http://127.0.0.1:{self.http_port}"

    def _start_redis(self):
        self._spawn(["redis-server", "--port", str(self.redis_port), "--bind", "127.0.0.1",
                     "--unixsocket", str(self.redis_socket), "--save", "", "--appendonly", "no",
                     "--dir", str(self.folder), "--loglevel", "warning"], "redis.log")
        wait_until(lambda: self.redis_socket.exists() and answers(self.redis_port), "redis-server")

    def _start_nginx(self):
        descriptors = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 65536)
        config = NGINX.format(port=self.http_port, descriptors=descriptors, cached=descriptors - 1200,
                              user="user root;" if os.geteuid() == 0 else "")
        (self.folder / "nginx.conf").write_text(config)
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        self._spawn([nginx, "-p", str(self.folder), "-c", "nginx.conf", "-e", "error.log"], "nginx.log")
        wait_until(lambda: answers(self.http_port), "nginx")

    def _spawn(self, command, log):
        with open(self.folder / log, "wb") as out:
            self.children.append(subprocess.Popen(command, stdout=out, stderr=out))

    def stop(self):
        for child in self.children:
            child.terminate()
        for child in self.children:
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def redis(self):
        return Redis(self.redis_socket)


class Redis:
    """As much of RESP as the checks need."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.replies = self.socket.makefile("rb")

    def ask_all(self, commands):
        out = []
        for words in commands:
            words = [w if isinstance(w, bytes) else str(w).encode() for w in words]
            out.append(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words))
        self.socket.sendall(b"".join(out))
        return [self._reply() for _ in out]

    def ask(self, *words):
        return self.ask_all([words])[0]

    def _reply(self):
        line = self.replies.readline()
        kind, rest = line[:1], line[1:-2]
        if kind == b"$":
            return None if rest == b"-1" else self.replies.read(int(rest) + 2)[:-2]
        if kind == b"-":
            raise SystemExit(f"bench: redis says {rest.decode()}")
        return int(rest) if kind == b":" else rest
