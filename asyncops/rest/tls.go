package rest

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// newTransport makes what https requests use in the workers: HTTP/1.1, with its
// own keep-alive pool, and no help that http requests do not get.
func newTransport(cfg Config) *http.Transport {
	d := net.Dialer{Timeout: cfg.ConnectTimeout}
	t := &http.Transport{
		DialContext:            d.DialContext,
		TLSClientConfig:        cfg.TLS,
		TLSHandshakeTimeout:    cfg.ConnectTimeout,
		DisableCompression:     true,
		MaxIdleConnsPerHost:    cfg.TLSWorkers,
		MaxIdleConns:           cfg.MaxConns,
		MaxConnsPerHost:        cfg.TLSWorkers,
		IdleConnTimeout:        cfg.IdleTimeout,
		MaxResponseHeaderBytes: int64(cfg.MaxHeader),
		TLSNextProto:           map[string]func(string, *tls.Conn) http.RoundTripper{}, // no HTTP/2
	}
	return t
}

// A tlsJob is one https request in a worker, deadline and all. The worker knows
// nothing of the Request; the answer finds it if it is still wanted.
type tlsJob struct {
	loop.Task
	req       *Request // nil once abandoned; of the loop
	home      loop.Mailbox
	client    *Client
	ctx       context.Context
	cancel    context.CancelFunc
	method    string
	url       string
	fields    http.Header
	body      []byte
	connected atomic.Bool

	// the answer, the worker's until it is posted
	code   int32
	status int
	header http.Header
	answer []byte
}

// submit gives r to a worker.
func (o *origin) submit(l *loop.Loop, r *Request) {
	j := newTLSJob(l, r)
	if !o.client.tls.Submit(j.work) {
		j.cancel()
		r.end(l, asyncops.Overloaded, CodeInternal)
		return
	}
	r.phase, r.job = phaseWorker, j
	o.working.Push(&r.place, r)
}

func newTLSJob(l *loop.Loop, r *Request) *tlsJob {
	j := &tlsJob{req: r, home: l.Mailbox(), client: r.client, method: string(r.method), url: string(r.url)}
	j.ctx, j.cancel = context.WithTimeout(context.Background(), time.Duration(r.deadline-l.Now()))
	j.body = bytes.Clone(r.body)
	j.fields = http.Header{}
	for _, line := range bytes.Split(r.fields, crlf) {
		if name, value, ok := bytes.Cut(line, []byte(": ")); ok {
			j.fields.Add(string(name), string(value))
		}
	}
	if len(j.body) > 0 && r.given&givenContentType == 0 {
		j.fields.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if r.given&givenUserAgent == 0 {
		j.fields.Set("User-Agent", r.client.cfg.UserAgent)
	}
	if r.given&givenAccept == 0 {
		j.fields.Set("Accept", "*/*")
	}
	j.Run = j.arrived
	return j
}

// abandon tells the worker to stop and the answer to go nowhere.
func (j *tlsJob) abandon() {
	j.req = nil
	j.cancel()
}

// work is what the worker does.
func (j *tlsJob) work() {
	err := j.exchange()
	if err != nil {
		j.code = j.codeOf(err)
	} else {
		j.code = CodeOK
	}
	j.cancel()
	j.home.Post(&j.Task)
}

func (j *tlsJob) exchange() error {
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { j.connected.Store(true) }}
	ctx := httptrace.WithClientTrace(j.ctx, trace)
	req, err := http.NewRequestWithContext(ctx, j.method, j.url, bytes.NewReader(j.body))
	if err != nil {
		return err
	}
	req.Header = j.fields
	if u := req.URL.User; u != nil && j.fields.Get("Authorization") == "" {
		password, _ := u.Password()
		req.SetBasicAuth(u.Username(), password)
	}
	if host := j.fields.Get("Host"); host != "" {
		req.Host = host
	}
	resp, err := j.client.transport.RoundTrip(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	limit := int64(j.client.cfg.MaxBody)
	j.answer, err = io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err == nil && int64(len(j.answer)) > limit {
		err = errTooBig
	}
	j.status, j.header = resp.StatusCode, resp.Header
	return err
}

var errTooBig = errors.New("rest: the body is too big")

func (j *tlsJob) codeOf(err error) int32 {
	var dns *net.DNSError
	var op *net.OpError
	var late net.Error
	timeout := errors.Is(err, context.DeadlineExceeded) || errors.As(err, &late) && late.Timeout()
	switch {
	case timeout && j.connected.Load():
		return CodeTransferTimeout
	case timeout || errors.Is(err, unix.ETIMEDOUT):
		return CodeConnectTimeout
	case errors.As(err, &dns):
		return CodeInternal
	case errors.As(err, &op) && op.Op == "dial":
		return CodeRefused
	}
	return CodeInternal
}

// arrived brings the answer to the request, on its loop.
func (j *tlsJob) arrived(l *loop.Loop) {
	r := j.req
	if r == nil {
		return
	}
	o := r.origin
	r.job = nil
	o.working.Remove(&r.place)
	if j.code != CodeOK {
		out := asyncops.Failed
		if j.code == CodeConnectTimeout || j.code == CodeTransferTimeout {
			out = asyncops.TimedOut
		}
		o.failure(l)
		r.end(l, out, j.code)
		o.pump(l)
		return
	}
	r.resp.SetStatusCode(j.status)
	for name, values := range j.header {
		for _, v := range values {
			r.resp.Header.Add(name, v)
		}
	}
	r.resp.SetBodyRaw(j.answer)
	o.success(l)
	o.pump(l)
	r.end(l, asyncops.Completed, CodeOK)
}
