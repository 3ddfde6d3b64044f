// SPDX-License-Identifier: Apache-2.0
// node peer.mjs MODE NAME URL SOCKET IDS
// The same work as reference.cpp (see there) as an expert would write it for Node: undici's dispatch (no streams, no
// promise a request), several requests in flight on each connection, ioredis pipelines, and the body's own text put
// behind the head instead of being printed anew. Values are strings: ioredis writes a pipeline of strings as one text,
// while Buffers make it copy twice. ioredis 5, because version 6 cost a seventh more in S3.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import Redis from 'ioredis';
import { Pool } from 'undici';

const [mode, name, address, socket, idsFile] = process.argv.slice(2);
const url = new URL(address);
const ids = mode === 'single' ? [''] : readFileSync(idsFile, 'utf8').split('\n').filter(Boolean);
const batch = 500, ttl = 10800000, windowEntries = 64, windowBytes = 128 * 1024;
const connections = mode === 'batch' ? 2 : 8, pipelining = mode === 'batch' ? 1 : 4;
const hash = `bench:state:${name}`;

const redis = new Redis({ path: socket, enableReadyCheck: false, lazyConnect: true });
await redis.connect();
const pool = new Pool(url.origin, { connections, pipelining, keepAliveTimeout: 60000 });

function die(why) {
  console.error(`peer.mjs: ${why}`);
  process.exit(1);
}

const key = (id) => (id ? `${name}:bench:${id}:v1` : `${name}:bench:v1`);
const head = (started) => `{"version":1,"lastUpdated":"${started}","payload":`;
const digest = (text) => createHash('sha256').update(text).digest('hex');

// A window: commands of up to 64 entries in one pipeline, and for each reply what it must be.
let pipeline = redis.pipeline(), wanted = [], entries = 0, bytes = 0;
const flying = new Set();

function flush() {
  if (entries === 0) return;
  const checks = wanted;
  const flight = pipeline.exec().then((replies) => {
    for (let i = 0; i < checks.length; i++) {
      const [error, got] = replies[i];
      const want = checks[i];
      if (error) die(error.message);
      if (typeof want === 'function' ? !want(got) : want !== null && got !== want) die(`reply ${i} is not the one expected`);
    }
    flying.delete(flight);
  });
  flying.add(flight);
  pipeline = redis.pipeline();
  wanted = [];
  entries = bytes = 0;
}

function entryDone(size) {
  bytes += size;
  if (++entries >= windowEntries || bytes >= windowBytes) flush();
}

function put(id, started, text) {
  const k = key(id), value = `${head(started)}${text}}`;
  pipeline.set(k, value, 'PX', ttl);
  pipeline.get(k);
  wanted.push('OK', value);
  return value.length;
}

function renew(id, started, state) {
  const k = key(id), start = head(started), sha = state.slice(0, 64);
  pipeline.setrange(k, 28, started);
  pipeline.pexpire(k, ttl);
  pipeline.get(k);
  wanted.push(null, 1, (got) => got.startsWith(start) && digest(got.slice(start.length, -1)) === sha);
  entryDone(1200);
}

// Where the records of an array lie. JSON.parse has said that it is JSON, so only strings and brackets matter.
function slices(text) {
  const found = [];
  let depth = 0, begin = 0;
  for (let at = 0; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c === 34) {
      at = text.indexOf('"', at + 1);
      while (isEscaped(text, at)) at = text.indexOf('"', at + 1);
    } else if (c === 123 || c === 91) {
      if (depth++ === 1) begin = at;
    } else if ((c === 125 || c === 93) && --depth === 1) {
      found.push(text.slice(begin, at + 1));
    }
  }
  return found;
}
function isEscaped(text, at) {
  let n = 0;
  while (text.charCodeAt(at - 1 - n) === 92) n++;
  return n % 2 === 1;
}

function takeBatch(index, started, text) {
  const missing = new Set(ids.slice(index * batch, (index + 1) * batch));
  const values = JSON.parse(text), bytes = slices(text);
  for (let i = 0; i < values.length; i++)
    if (missing.delete(values[i].id)) entryDone(put(values[i].id, started, bytes[i]));
  if (missing.size > 0) die(`${missing.size} ids did not come back`);
}

function take(index, started, text, etag) {
  if (mode === 'batch') return takeBatch(index, started, text);
  JSON.parse(text);
  const size = put(ids[index], started, text);
  if (mode === 'conditional' && etag) {
    pipeline.hset(hash, ids[index], digest(text) + etag);
    wanted.push(null);
  }
  entryDone(size);
}

let state = [];
if (mode === 'conditional') state = await redis.hmget(hash, ...ids);
const total = mode === 'batch' ? Math.ceil(ids.length / batch) : ids.length;
let asked = 0, done = 0, finished;
const all = new Promise((resolve) => { finished = resolve; });
const decoder = new TextDecoder('utf-8', { fatal: true });

function path(index) {
  if (mode === 'single') return url.pathname;
  if (mode === 'batch') return `${url.pathname}?user_id=${ids.slice(index * batch, (index + 1) * batch).join(',')}`;
  return `${url.pathname}/${ids[index]}`;
}

class Handler {
  constructor(index) {
    this.index = index;
    this.started = new Date().toISOString();
    this.chunks = [];
  }
  onRequestStart() {}
  onResponseStart(_, status, headers) {
    this.status = status;
    this.etag = headers.etag;
  }
  onResponseData(_, chunk) { this.chunks.push(chunk); }
  onResponseEnd() {
    const { index, started, chunks } = this;
    if (this.status === 304 && state[index]) renew(ids[index], started, state[index]);
    else if (this.status !== 200) die(`status ${this.status}`);
    else take(index, started, decoder.decode(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)), this.etag);
    done++;
    next();
  }
  onResponseError(_, error) { die(error.message); }
}

// Starts the next request, or waits for Redis when it is four windows behind.
function next() {
  if (flying.size > 4) return void Promise.race(flying).then(next);
  if (asked < total) {
    const index = asked++;
    const headers = state[index] ? { 'if-none-match': state[index].slice(64) } : undefined;
    pool.dispatch({ path: path(index), method: 'GET', headers }, new Handler(index));
  } else if (done === total) {
    finished();
  }
}

for (let i = 0; i < Math.min(total, connections * pipelining); i++) next();
await all;
flush();
await Promise.all(flying);
redis.disconnect();
await pool.close();
