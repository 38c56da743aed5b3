package ua

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestMain(m *testing.M) {
	flag.Parse()
	sip.SetDefaultLogger(slog.New(slog.DiscardHandler)) // as Main does
	os.Exit(m.Run())
}

// patience bounds every wait of these tests; a passing test never uses it up.
const patience = 10 * time.Second

// A console is a writer that a test can wait on.
type console struct {
	mu      sync.Mutex
	buf     bytes.Buffer
	changed chan struct{}
}

func newConsole() *console { return &console{changed: make(chan struct{}, 1)} }

func (c *console) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case c.changed <- struct{}{}:
	default:
	}
	return c.buf.Write(b)
}

func (c *console) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.buf.String()
}

// wait returns what re finds, as soon as it does.
func (c *console) wait(t *testing.T, re string) string {
	t.Helper()
	rx, deadline := regexp.MustCompile(re), time.After(patience)
	for {
		if m := rx.FindString(c.String()); m != "" {
			return m
		}
		select {
		case <-c.changed:
		case <-deadline:
			t.Fatalf("%q did not appear in\n%s", re, c)
		}
	}
}

// A process is a running sub-command.
type process struct {
	out, err  *console
	code      chan int
	interrupt context.CancelFunc
}

func start(t *testing.T, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	p := &process{out: newConsole(), err: newConsole(), code: make(chan int, 1), interrupt: cancel}
	go func() { p.code <- run(ctx, args, p.out, p.err) }()
	return p
}

func (p *process) want(t *testing.T, code int) {
	t.Helper()
	select {
	case got := <-p.code:
		if got != code {
			t.Errorf("exit status %d, want %d; stderr %q, ladder\n%s", got, code, p.err, p.out)
		}
	case <-time.After(patience):
		t.Fatalf("still running; stderr %q, ladder\n%s", p.err, p.out)
	}
}

// answerer starts "answer" on a free port and returns its address.
func startAnswer(t *testing.T, args ...string) (*process, string) {
	t.Helper()
	p := start(t, append([]string{"answer", "-local", "127.0.0.1:0"}, args...)...)
	line := p.out.wait(t, `answering on \w+:127\.0\.0\.1:\d+`)
	return p, line[strings.Index(line, "127."):]
}

// masked replaces times, ports and random names in a ladder.
func masked(ladder string) string {
	ladder = regexp.MustCompile(`(?m)^ *\d+\.\d{3}  `).ReplaceAllString(ladder, "TIME  ")
	ladder = regexp.MustCompile(`127\.0\.0\.1:\d+ *`).ReplaceAllStringFunc(ladder, func(s string) string {
		return "ADDR" + s[len(strings.TrimRight(s, " ")):]
	})
	return regexp.MustCompile(`ADDR +`).ReplaceAllString(ladder, "ADDR  ")
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
	}
}

// A raw is the other end without a stack of its own: the test says what it does.
type raw struct {
	t  *testing.T
	pc net.PacketConn
}

func newRaw(t *testing.T) *raw {
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pc.Close() })
	return &raw{t, pc}
}

func (r *raw) addr() string { return r.pc.LocalAddr().String() }

// read returns the next request that is not a retransmission's business: the
// caller says which method it must be.
func (r *raw) read(method sip.RequestMethod) (*sip.Request, net.Addr) {
	r.t.Helper()
	b := make([]byte, 65536)
	r.pc.SetReadDeadline(time.Now().Add(patience))
	n, from, err := r.pc.ReadFrom(b)
	if err != nil {
		r.t.Fatalf("waiting for %s: %v", method, err)
	}
	m, err := sip.ParseMessage(b[:n])
	if err != nil {
		r.t.Fatalf("%v in\n%s", err, b[:n])
	}
	req, ok := m.(*sip.Request)
	if !ok || req.Method != method {
		r.t.Fatalf("got\n%s\nwant %s", b[:n], method)
	}
	req.SetSource(from.String())
	return req, from
}

func (r *raw) reply(req *sip.Request, to net.Addr, code int, toTag string, headers ...string) {
	r.t.Helper()
	res := sip.NewResponseFromRequest(req, code, "Test", nil)
	if toTag != "" {
		res.To().Params.Add("tag", toTag)
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		res.AppendHeader(sip.NewHeader(name, value))
	}
	if _, err := r.pc.WriteTo([]byte(res.String()), to); err != nil {
		r.t.Fatal(err)
	}
}

func TestCallIsAnsweredAndHungUp(t *testing.T) {
	t.Parallel()
	uas, addr := startAnswer(t, "-ring", "10ms", "-count", "1")
	uac := start(t, "call", "-hold", "10ms", "-from", "sip:alice@example.com", "sip:bob@"+addr)
	uac.want(t, 0)
	uas.want(t, 0)
	golden(t, "call.ladder", masked(uac.out.String()))
	golden(t, "answer.ladder", masked(uas.out.String()))
}

func TestCallOverTCP(t *testing.T) {
	t.Parallel()
	uas, addr := startAnswer(t, "-ring", "0s", "-count", "1", "-transport", "tcp")
	uac := start(t, "call", "-hold", "1ms", "sip:bob@"+addr+";transport=tcp")
	uac.want(t, 0)
	uas.want(t, 0)
	uac.out.wait(t, `INVITE sip:bob@`)
	uac.out.wait(t, `ACK sip:`)
	uac.out.wait(t, `200 OK \(BYE\)`)
}

func TestRefusedCallIsAcknowledged(t *testing.T) {
	t.Parallel()
	_, addr := startAnswer(t, "-ring", "0s", "-code", "486")
	uac := start(t, "call", "sip:bob@"+addr)
	uac.want(t, 1)
	golden(t, "busy.ladder", masked(uac.out.String()))
}

// RFC 3261 §17.1.1.2: an INVITE that is not answered is repeated after T1.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	silent := newRaw(t)
	uac := start(t, "call", "-timeout", "700ms", "sip:bob@"+silent.addr())
	uac.want(t, 2)
	uac.out.wait(t, `-->.*INVITE .*\(retransmission\)`)
	if strings.Contains(uac.out.String(), "CANCEL") {
		t.Errorf("CANCEL without a provisional response (RFC 3261 §9.1):\n%s", uac.out)
	}
}

// RFC 3261 §9.1: once a provisional response has come, CANCEL ends the call.
func TestRingingForTooLong(t *testing.T) {
	t.Parallel()
	_, addr := startAnswer(t, "-ring", "1m")
	uac := start(t, "call", "-timeout", "100ms", "sip:bob@"+addr)
	uac.want(t, 2)
	golden(t, "toolong.ladder", sorted(masked(uac.out.String())))
}

func TestInterruptedWhileRinging(t *testing.T) {
	t.Parallel()
	uas, addr := startAnswer(t, "-ring", "1m", "-count", "1")
	uac := start(t, "call", "sip:bob@"+addr)
	uac.out.wait(t, "180 Ringing")
	uac.interrupt()
	uac.want(t, 1)
	uac.out.wait(t, `-->.*CANCEL sip:bob@`)
	uac.out.wait(t, `<--.*487 .*\(INVITE\)`)
	uas.want(t, 0)
	uas.out.wait(t, "cancelled")
}

func TestInterruptedWhileTalking(t *testing.T) {
	t.Parallel()
	uas, addr := startAnswer(t, "-ring", "0s", "-count", "1")
	uac := start(t, "call", "-hold", "1m", "sip:bob@"+addr)
	uac.out.wait(t, `--> .*ACK`)
	uac.interrupt()
	uac.want(t, 0)
	uac.out.wait(t, `200 OK \(BYE\)`)
	uas.want(t, 0)
}

func TestPeerHangsUp(t *testing.T) {
	t.Parallel()
	uas, addr := startAnswer(t, "-ring", "0s", "-count", "1", "-hold", "10ms")
	uac := start(t, "call", "-hold", "1m", "sip:bob@"+addr)
	uac.want(t, 0)
	uac.out.wait(t, `<--.*BYE sip:`)
	uas.want(t, 0)
}

// An interrupted answerer hangs up the calls that it has.
func TestInterruptedAnswerer(t *testing.T) {
	t.Parallel()
	uas, addr := startAnswer(t, "-ring", "0s")
	uac := start(t, "call", "-hold", "1m", "sip:bob@"+addr)
	uas.out.wait(t, `<--.*ACK`)
	uas.interrupt()
	uas.want(t, 0)
	uac.want(t, 0)
}

// RFC 3261 §13.2.2.4: the ACK is repeated for every 2xx that arrives, since that
// is how a lost ACK shows.
func TestRepeatedAnswerIsAcknowledgedAgain(t *testing.T) {
	t.Parallel()
	bob := newRaw(t)
	uac := start(t, "call", "-hold", "1m", "sip:bob@"+bob.addr())
	invite, alice := bob.read(sip.INVITE)
	contact := "Contact: <sip:bob@" + bob.addr() + ">"
	bob.reply(invite, alice, 200, "one", contact)
	first, _ := bob.read(sip.ACK)
	uac.out.wait(t, `--> .*ACK`)
	bob.reply(invite, alice, 200, "one", contact)
	second, _ := bob.read(sip.ACK)
	if first.String() != second.String() {
		t.Errorf("the ACKs differ:\n%s\n%s", first, second)
	}
	uac.interrupt()
	bye, _ := bob.read(sip.BYE)
	bob.reply(bye, alice, 200, "")
	uac.want(t, 0)
}

// RFC 3261 §13.2.2.4: a 2xx of another branch makes a dialog of its own, which is
// acknowledged and, being unwanted, ended.
func TestSecondBranchIsHungUp(t *testing.T) {
	t.Parallel()
	bob := newRaw(t)
	uac := start(t, "call", "-hold", "1m", "sip:bob@"+bob.addr())
	invite, alice := bob.read(sip.INVITE)
	contact := "Contact: <sip:bob@" + bob.addr() + ">"
	bob.reply(invite, alice, 200, "one", contact)
	bob.read(sip.ACK)
	bob.reply(invite, alice, 200, "two", contact)
	ack, _ := bob.read(sip.ACK)
	bye, _ := bob.read(sip.BYE)
	if a, b := tag(ack.To().Value()), tag(bye.To().Value()); a != "two" || b != "two" {
		t.Errorf("ACK to %q and BYE to %q, want both to \"two\"", a, b)
	}
	bob.reply(bye, alice, 200, "")
	uac.interrupt()
	bye, _ = bob.read(sip.BYE)
	if got := tag(bye.To().Value()); got != "one" {
		t.Errorf("the call that stays ends with a BYE to %q, want \"one\"", got)
	}
	bob.reply(bye, alice, 200, "")
	uac.want(t, 0)
}

// RFC 3261 §12.1.2, §12.2.1.1: the route set is the Record-Route of the 2xx in
// reverse order; the Request-URI is the peer's Contact.
func TestRouteSet(t *testing.T) {
	t.Parallel()
	bob := newRaw(t)
	uac := start(t, "call", "-hold", "1ms", "-proxy", bob.addr(), "sip:bob@example.com")
	invite, alice := bob.read(sip.INVITE)
	if got := invite.Recipient.String(); got != "sip:bob@example.com" {
		t.Errorf("Request-URI %s: an outbound proxy does not change it", got)
	}
	near := "<sip:" + bob.addr() + ";lr;near>"
	bob.reply(invite, alice, 200, "x", "Contact: <sip:bob@192.0.2.7>", "Record-Route: <sip:192.0.2.1;lr>, "+near)
	for _, method := range []sip.RequestMethod{sip.ACK, sip.BYE} {
		r, _ := bob.read(method)
		got := fmt.Sprint(values(r.GetHeaders("Route")))
		if want := "[" + near + " <sip:192.0.2.1;lr>]"; got != want {
			t.Errorf("%s: Route %s, want %s", method, got, want)
		}
		if got := r.Recipient.String(); got != "sip:bob@192.0.2.7" {
			t.Errorf("%s: Request-URI %s, want bob's Contact", method, got)
		}
		if method == sip.BYE {
			bob.reply(r, alice, 200, "")
		}
	}
	uac.want(t, 0)
}

func TestOptions(t *testing.T) {
	t.Parallel()
	_, addr := startAnswer(t)
	p := start(t, "options", "-v", "-H", "X-Test: yes", "sip:"+addr)
	p.want(t, 0)
	p.out.wait(t, `--> .*OPTIONS sip:127`)
	p.out.wait(t, `<-- .*200 OK \(OPTIONS\)`)
	p.out.wait(t, `(?m)^    -> X-Test: yes$`)
	p.out.wait(t, `(?m)^    <- Allow: INVITE, ACK, CANCEL, BYE, OPTIONS$`)
}

func TestRequestOutsideAnyCall(t *testing.T) {
	t.Parallel()
	uas, addr := startAnswer(t)
	alice := newRaw(t)
	dst, _ := net.ResolveUDPAddr("udp", addr)
	for method, want := range map[string]string{
		"BYE": "481", "MESSAGE": "405", "CANCEL": "481",
	} {
		text := strings.ReplaceAll(fmt.Sprintf(`%[1]s sip:bob@%[2]s SIP/2.0
Via: SIP/2.0/UDP %[3]s;branch=z9hG4bK%[1]s
From: <sip:alice@example.com>;tag=a
To: <sip:bob@example.com>;tag=b
Call-ID: %[1]s
CSeq: 1 %[1]s
Max-Forwards: 70
Content-Length: 0

`, method, addr, alice.addr()), "\n", "\r\n")
		if _, err := alice.pc.WriteTo([]byte(text), dst); err != nil {
			t.Fatal(err)
		}
		uas.out.wait(t, `-->.*`+want+` .*\(`+method+`\)`)
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args string
		want string // on stderr
	}{
		{"", "usage: fastsips COMMAND"},
		{"dial sip:bob@h", `unknown command "dial"`},
		{"call", "missing argument"},
		{"call sip:a@h sip:b@h", `unexpected argument "sip:b@h"`},
		{"call bob", `"bob"`},
		{"call tel:123", "is not a sip: URI"},
		{"call -bogus sip:bob@h", "-bogus"},
		{"call -H nocolon sip:bob@h", "Name: value"},
		{"call -transport tls sip:bob@h", "want udp or tcp"},
		{"call -timeout 0s sip:bob@h", "must be positive"},
		{"answer -code 180", "want a final status"},
		{"register sip:example.com", "names no user"},
	} {
		p := start(t, strings.Fields(c.args)...)
		p.want(t, 64)
		if !strings.Contains(p.err.String(), c.want) {
			t.Errorf("fastsips %s: stderr %q lacks %q", c.args, p.err, c.want)
		}
	}
	p := start(t, "call", "-help")
	p.want(t, 0)
	p.out.wait(t, "exit status: 0 success")
}
