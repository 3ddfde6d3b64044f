// SPDX-License-Identifier: Apache-2.0
// peer.go MODE NAME URL SOCKET IDS
// The same work as reference.cpp (see there) for Go, with Debian's packages of fasthttp, redigo and fastjson: a few
// goroutines fetch with reused requests and answers, one owns the link to Redis. Values are built once in pooled
// memory: what is sent is what the read-back is compared with.
package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/valyala/fasthttp"
	"github.com/valyala/fastjson"
)

const (
	batch         = 500
	ttl           = "10800000"
	windowEntries = 64
	windowBytes   = 128 << 10
	head          = `{"version":1,"lastUpdated":"`
	payloadAt     = len(head) + 24 + len(`","payload":`)
)

var mode, name, address, socket, idsFile string
var pool = sync.Pool{New: func() any { return &entry{} }}

// entry is one key: to be written, or renewed if sum is not nil.
type entry struct {
	id, key string
	value   []byte // of a renewal: the head alone
	sum     []byte
	keep    []byte // validators for the next run
}

func die(why ...any) {
	fmt.Fprintln(os.Stderr, append([]any{"peer.go:"}, why...)...)
	os.Exit(1)
}

func must(err error) {
	if err != nil {
		die(err)
	}
}

func newEntry(id string, started []byte) *entry {
	e := pool.Get().(*entry)
	e.id, e.sum, e.keep = id, nil, nil
	if id == "" {
		e.key = name + ":bench:v1"
	} else {
		e.key = name + ":bench:" + id + ":v1"
	}
	e.value = append(append(append(e.value[:0], head...), started...), `","payload":`...)
	return e
}

func (e *entry) send(c redis.Conn) {
	if e.sum != nil {
		must(c.Send("SETRANGE", e.key, "28", e.value[len(head):len(head)+24]))
		must(c.Send("PEXPIRE", e.key, ttl))
	} else {
		must(c.Send("SET", e.key, e.value, "PX", ttl))
	}
	must(c.Send("GET", e.key))
	if e.keep != nil {
		must(c.Send("HSET", "bench:state:"+name, e.id, e.keep))
	}
}

func (e *entry) verify(c redis.Conn) {
	_, err := c.Receive()
	must(err)
	if e.sum != nil {
		_, err = c.Receive()
		must(err)
	}
	got, err := redis.Bytes(c.Receive())
	must(err)
	if e.sum != nil {
		sum := sha256.Sum256(got[payloadAt : len(got)-1])
		if !bytes.HasPrefix(got, e.value) || !bytes.Equal(sum[:], e.sum) {
			die(e.key, "was not renewed")
		}
	} else if !bytes.Equal(got, e.value) {
		die(e.key, "was not read back")
	}
	if e.keep != nil {
		_, err = c.Receive()
		must(err)
	}
	pool.Put(e)
}

// store sends windows, and verifies one while Redis works on the next.
func store(c redis.Conn, entries <-chan *entry) {
	var window, flying []*entry
	size := 0
	flush := func() {
		must(c.Flush())
		for _, e := range flying {
			e.verify(c)
		}
		flying, window, size = window, flying[:0], 0
	}
	for e := range entries {
		e.send(c)
		window = append(window, e)
		size += len(e.value)
		if len(window) >= windowEntries || size >= windowBytes {
			flush()
		}
	}
	flush()
	flush()
}

// records calls each with the id and bytes of every object of a valid array.
func records(text []byte, each func(id string, record []byte)) {
	depth, begin, id := 0, 0, ""
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '{', '[':
			if depth++; depth == 2 {
				begin, id = i, ""
			}
		case '}', ']':
			if depth--; depth == 1 {
				each(id, text[begin:i+1])
			}
		case '"':
			end := closing(text, i)
			if depth == 2 && id == "" && end+2 < len(text) && string(text[i:end+1]) == `"id"` && text[end+1] == ':' {
				i, end = end+2, closing(text, end+2)
				id = string(text[i+1 : end])
			}
			i = end
		}
	}
}

func closing(text []byte, at int) int {
	for {
		at += 1 + bytes.IndexByte(text[at+1:], '"')
		n := 0
		for text[at-1-n] == '\\' {
			n++
		}
		if n%2 == 0 {
			return at
		}
	}
}

type worker struct {
	client  *fasthttp.HostClient
	ids     []string
	state   [][]byte
	path    string
	entries chan<- *entry
}

func (w *worker) one(req *fasthttp.Request, res *fasthttp.Response, i int) {
	some := w.ids[i : i+1]
	switch mode {
	case "batch":
		some = w.ids[i*batch : min(len(w.ids), (i+1)*batch)]
		req.SetRequestURI(w.path + "?user_id=" + strings.Join(some, ","))
	case "single":
		req.SetRequestURI(w.path)
	default:
		req.SetRequestURI(w.path + "/" + some[0])
	}
	if w.state != nil {
		req.Header.SetBytesV("If-None-Match", w.state[i][sha256.Size:])
	}
	started := time.Now().UTC().AppendFormat(nil, "2006-01-02T15:04:05.000Z")
	must(w.client.Do(req, res))
	if res.StatusCode() == 304 && w.state != nil {
		e := newEntry(some[0], started)
		e.sum = w.state[i][:sha256.Size]
		w.entries <- e
		return
	}
	if res.StatusCode() != 200 {
		die("status", res.StatusCode())
	}
	body := res.Body()
	must(fastjson.ValidateBytes(body))
	if mode == "batch" {
		w.take(some, started, body)
		return
	}
	e := newEntry(some[0], started)
	e.value = append(append(e.value, body...), '}')
	if mode == "conditional" {
		sum := sha256.Sum256(body)
		e.keep = append(sum[:], res.Header.Peek("ETag")...)
	}
	w.entries <- e
}

func (w *worker) take(some []string, started, body []byte) {
	missing := make(map[string]bool, len(some))
	for _, id := range some {
		missing[id] = true
	}
	records(body, func(id string, record []byte) {
		if missing[id] {
			delete(missing, id)
			e := newEntry(id, started)
			e.value = append(append(e.value, record...), '}')
			w.entries <- e
		}
	})
	if len(missing) > 0 {
		die(len(missing), "ids did not come back")
	}
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}

func main() {
	runtime.GOMAXPROCS(1) // with more, waking threads costs more than it saves
	mode, name, address, socket, idsFile = os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	text, err := os.ReadFile(idsFile)
	must(err)
	ids := strings.Fields(string(text))
	if mode == "single" {
		ids = []string{""}
	}
	c, err := redis.Dial("unix", socket)
	must(err)
	u, err := url.Parse(address)
	must(err)
	entries := make(chan *entry, 256)
	w := worker{ids: ids, path: address, entries: entries}
	if mode == "conditional" {
		w.state, err = redis.ByteSlices(c.Do("HMGET", redis.Args{"bench:state:" + name}.AddFlat(ids)...))
		must(err)
		if w.state[0] == nil {
			w.state = nil
		}
	}
	total, fetchers := len(ids), 16
	if mode == "batch" {
		total, fetchers = (len(ids)+batch-1)/batch, 3
	}
	// DoTimeout would start one more goroutine and copy the answer for each request.
	w.client = &fasthttp.HostClient{Addr: u.Host, MaxConns: fetchers, ReadBufferSize: 20 << 10,
		ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, NoDefaultUserAgentHeader: true}
	next := make(chan int, total)
	for i := 0; i < total; i++ {
		next <- i
	}
	close(next)
	var done sync.WaitGroup
	for n := 0; n < min(fetchers, total); n++ {
		done.Add(1)
		go func() {
			defer done.Done()
			req, res := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
			for i := range next {
				w.one(req, res, i)
			}
		}()
	}
	go func() { done.Wait(); close(entries) }()
	store(c, entries)
}
