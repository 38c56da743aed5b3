package siptest

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

//go:embed testdata/rfc4475
var rfc4475 embed.FS

// A TortureMessage is one message of RFC 4475.
type TortureMessage struct {
	Name string // file name in the RFC's archive
	Raw  []byte
}

// RFC4475 returns the messages in the order of their names.
func RFC4475() []TortureMessage {
	const dir = "testdata/rfc4475"
	entries, err := fs.ReadDir(rfc4475, dir)
	if err != nil {
		panic("BUG: " + err.Error()) // embedded above
	}
	var list []TortureMessage
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".dat") || strings.HasSuffix(e.Name(), ".alt") {
			b, err := fs.ReadFile(rfc4475, path.Join(dir, e.Name()))
			if err != nil {
				panic("BUG: " + err.Error())
			}
			list = append(list, TortureMessage{e.Name(), b})
		}
	}
	return list
}

// TortureConfig says what to torture. The proxy's script must send nothing off the
// machine: let it answer what it would forward, or set $du to [Sink].
type TortureConfig struct {
	Proxy    string           // host:port
	Messages []TortureMessage // nil: RFC4475()
	// Snapshot, if set, returns what must be the same at the end as it was at the
	// start: transactions, parked runs, goroutines. It is compared by DeepEqual.
	Snapshot func() any
	// Settle bounds the wait for that; zero means 45 s, since a transaction lives
	// for 64·T1 = 32 s after its final response (RFC 3261 §17.2.2, timer J).
	Settle time.Duration
}

// Torture sends each message by UDP from a socket of its own. After each one an
// OPTIONS must get a final answer, whichever; at the end the Snapshot must be what
// it was at the start.
func Torture(tb testing.TB, cfg TortureConfig) {
	tb.Helper()
	if cfg.Messages == nil {
		cfg.Messages = RFC4475()
	}
	if cfg.Settle == 0 {
		cfg.Settle = 45 * time.Second
	}
	probe := Listen(tb)
	alive(tb, probe, cfg.Proxy, "nothing")
	var before any
	if cfg.Snapshot != nil {
		before = cfg.Snapshot()
	}
	for _, m := range cfg.Messages {
		Listen(tb).SendBytes(cfg.Proxy, m.Raw)
		alive(tb, probe, cfg.Proxy, m.Name)
	}
	if cfg.Snapshot != nil {
		settled(tb, before, cfg.Snapshot, cfg.Settle)
	}
}

// alive sends OPTIONS and waits for the final answer, repeating it at T1: the
// network is UDP.
func alive(tb testing.TB, e *Endpoint, proxy, after string) {
	tb.Helper()
	id := fmt.Sprintf("alive-%s-%d", after, time.Now().UnixNano())
	request := fmt.Sprintf("OPTIONS sip:%s SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s;rport\nMax-Forwards: 70\n"+
		"From: <sip:probe@%s>;tag=1\nTo: <sip:%s>\nCall-ID: %s\nCSeq: 1 OPTIONS", proxy, e.Addr(), id, e.Addr(), proxy, id)
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		e.Send(proxy, request)
		for t1 := time.Now().Add(500 * time.Millisecond); ; {
			m := e.Next(time.Until(t1))
			if m == nil {
				break
			}
			if m.Status() >= 200 && slices.Contains(m.Header("Call-ID"), id) {
				return
			}
		}
	}
	tb.Fatalf("no answer to OPTIONS within %v after %s", patience, after)
}

// settled polls: that a foreign process has let go of something is not announced.
func settled(tb testing.TB, before any, snapshot func() any, within time.Duration) {
	tb.Helper()
	deadline := time.Now().Add(within)
	for {
		now := snapshot()
		if reflect.DeepEqual(before, now) {
			return
		}
		if time.Now().After(deadline) {
			tb.Fatalf("after %v it is still %+v, was %+v", within, now, before)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// Sink returns the address of a socket that takes everything and answers nothing,
// for scripts that must forward to somewhere.
func Sink(tb testing.TB) string {
	tb.Helper()
	e := Listen(tb)
	return e.Addr()
}
