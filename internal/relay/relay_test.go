package relay_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/relay"
)

const patience = 20 * time.Second

// A server answers each line n with "answer n", after as many bytes as the line says: "n bytes".
type server struct {
	ln net.Listener
	wg sync.WaitGroup
}

func startServer(t *testing.T) *server {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{ln: ln}
	s.wg.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			s.wg.Go(func() { s.answer(c) })
		}
	})
	return s
}

func (s *server) answer(c net.Conn) {
	defer c.Close()
	lines := bufio.NewScanner(c)
	for lines.Scan() {
		n, pad, _ := strings.Cut(lines.Text(), " ")
		bytes, _ := strconv.Atoi(pad)
		if n == "bye" {
			return
		}
		if _, err := io.WriteString(c, "answer "+n+strings.Repeat(".", bytes)+"\n"); err != nil {
			return
		}
	}
}

func start(t *testing.T, cfg relay.Config) *relay.Relay {
	t.Helper()
	s := startServer(t)
	cfg.Target = s.ln.Addr().String()
	r, err := relay.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); s.ln.Close(); s.wg.Wait() }) // all of the server's connections end with the relay's
	return r
}

// A client is a connection through a relay.
type client struct {
	t *testing.T
	net.Conn
	in *bufio.Reader
}

func dial(t *testing.T, r *relay.Relay) *client {
	t.Helper()
	c, err := net.Dial("tcp", r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	return &client{t, c, bufio.NewReader(c)}
}

func (c *client) ask(line string) {
	c.t.Helper()
	if _, err := io.WriteString(c, line+"\n"); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) want(line string) {
	c.t.Helper()
	got, err := c.in.ReadString('\n')
	if err != nil || got != line+"\n" {
		c.t.Fatalf("got %.60q, %v; want %.60q", got, err, line)
	}
}

// wantEnd expects what and then the end of the connection.
func (c *client) wantEnd(what string) {
	c.t.Helper()
	b, err := io.ReadAll(c.in)
	if errors.Is(err, syscall.ECONNRESET) {
		err = nil
	}
	if err != nil || string(b) != what {
		c.t.Fatalf("got %q, %v; want %q and the end", b, err, what)
	}
}

func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("in vain: ", what)
		}
	}
}

func set(t *testing.T, r *relay.Relay, f relay.Fault) {
	t.Helper()
	if err := r.SetFault(f); err != nil {
		t.Fatal(err)
	}
}

// No answer comes sooner than the delay after it was asked for, and they come in
// order, with all their bytes.
func TestAnswersAreHeld(t *testing.T) {
	const delay = 20 * time.Millisecond
	r := start(t, relay.Config{Delay: delay})
	c := dial(t, r)
	for i := range 20 {
		n := strconv.Itoa(i)
		asked := time.Now()
		c.ask(n + " " + strconv.Itoa(i*1000))
		c.want("answer " + n + strings.Repeat(".", i*1000))
		if took := time.Since(asked); took < delay {
			t.Fatalf("answer %d came after %v, before its %v", i, took, delay)
		}
	}
}

// Pipelined answers overlap: a thousand are under way at once, on many connections.
func TestAnswersOverlap(t *testing.T) {
	const conns, each = 20, 50
	r := start(t, relay.Config{Delay: time.Hour})
	var clients []*client
	for range conns {
		clients = append(clients, dial(t, r))
	}
	for i := range each {
		for k, c := range clients {
			c.ask(strconv.Itoa(i))
			await(t, "the server's answer", func() bool { return r.Stats().Answers == i*conns+k+1 })
		}
	}
	if n := r.Stats().Open; n != conns {
		t.Errorf("%d connections, want %d", n, conns)
	}
	r.Drop()
	for _, c := range clients {
		c.wantEnd("") // none had left
	}
}

// With Undelayed, the first answers of a connection pass at once.
func TestUndelayed(t *testing.T) {
	r := start(t, relay.Config{Delay: time.Hour, Undelayed: 2})
	for range 2 {
		c := dial(t, r)
		c.ask("1")
		c.want("answer 1")
		c.ask("2")
		c.want("answer 2")
		n := r.Stats().Answers
		c.ask("3")
		await(t, "the third answer", func() bool { return r.Stats().Answers == n+1 })
		c.Close()
	}
}

// A shorter delay lets nothing overtake what is under way.
func TestDelayChanges(t *testing.T) {
	r := start(t, relay.Config{Delay: 50 * time.Millisecond})
	c := dial(t, r)
	c.ask("1")
	await(t, "the first answer", func() bool { return r.Stats().Answers == 1 })
	r.SetDelay(0)
	c.ask("2")
	c.want("answer 1")
	c.want("answer 2")
	c.ask("3")
	c.want("answer 3")
}

// Neither side may fill our memory: the other one is not read any further.
func TestRoom(t *testing.T) {
	const size = 8 << 20
	for _, delay := range []time.Duration{0, time.Millisecond} {
		r := start(t, relay.Config{Delay: delay, Room: 64 << 10})
		c := dial(t, r)
		c.ask("1 " + strconv.Itoa(size))
		c.want("answer 1" + strings.Repeat(".", size))
		c.ask(strings.Repeat("x", 60<<10)) // the server's scanner takes lines of 64 KiB
		c.want("answer " + strings.Repeat("x", 60<<10))
	}
}

func TestEndsArePassedOn(t *testing.T) {
	r := start(t, relay.Config{Delay: time.Millisecond})
	c := dial(t, r)
	c.ask("1")
	c.ask("bye")
	c.wantEnd("answer 1\n") // behind what was under way
	c = dial(t, r)
	c.ask("1")
	c.want("answer 1")
	c.Close()
	await(t, "the relay's end", func() bool { return r.Stats().Open == 0 })
}

// A server that is not there shows as a connection that ends.
func TestNoServer(t *testing.T) {
	r, err := relay.Start(relay.Config{Target: "127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	dial(t, r).wantEnd("")
}

func TestRefuse(t *testing.T) {
	r := start(t, relay.Config{})
	c := dial(t, r)
	c.ask("1")
	c.want("answer 1")
	set(t, r, relay.Fault{Kind: relay.Refuse})
	c.wantEnd("")
	if c, err := net.Dial("tcp", r.Addr()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Fatalf("%v, %v, want connection refused", c, err)
	}
	set(t, r, relay.Fault{})
	c = dial(t, r)
	c.ask("2")
	c.want("answer 2")
}

func TestBlackHole(t *testing.T) {
	r := start(t, relay.Config{})
	old := dial(t, r)
	old.ask("1")
	old.want("answer 1")
	set(t, r, relay.Fault{Kind: relay.BlackHole})
	fresh := dial(t, r)
	old.ask("2")
	fresh.ask("3")
	_ = fresh.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if b, err := fresh.in.ReadByte(); err == nil {
		t.Fatalf("a black hole answers %q", b)
	}
	_ = fresh.SetReadDeadline(time.Now().Add(patience))
	set(t, r, relay.Fault{})
	fresh.wantEnd("") // both have lost their questions
	old.wantEnd("")
}

func TestDrip(t *testing.T) {
	r := start(t, relay.Config{})
	set(t, r, relay.Fault{Kind: relay.Drip, Piece: 3})
	c := dial(t, r)
	c.ask("1")
	c.ask("2")
	// Each read gets what has come: pieces, if the reader is not far behind.
	buf, got, reads := make([]byte, 100), "", 0
	for !strings.HasSuffix(got, "answer 2\n") {
		n, err := c.Read(buf)
		if err != nil {
			t.Fatalf("after %q: %v", got, err)
		}
		got += string(buf[:n])
		reads++
	}
	if got != "answer 1\nanswer 2\n" || reads < 2 {
		t.Errorf("%q in %d reads", got, reads)
	}
	set(t, r, relay.Fault{Kind: relay.Drip, Piece: 1, Every: time.Hour})
	n := r.Stats().Answers
	c.ask("3")
	await(t, "the answer", func() bool { return r.Stats().Answers == n+1 })
	set(t, r, relay.Fault{}) // the rest comes at once
	c.want("answer 3")
	c.ask("4")
	c.want("answer 4")
}

func TestCut(t *testing.T) {
	r := start(t, relay.Config{Delay: time.Millisecond})
	c := dial(t, r)
	c.ask("1")
	c.want("answer 1") // before the fault: it does not count
	set(t, r, relay.Fault{Kind: relay.Cut, After: 12})
	c.ask("2")
	c.ask("3")
	c.wantEnd("answer 2\nans")
	c = dial(t, r)
	c.ask("4 100")
	c.wantEnd("answer 4....")
}

func TestGarble(t *testing.T) {
	r := start(t, relay.Config{})
	set(t, r, relay.Fault{Kind: relay.Garble})
	c := dial(t, r)
	c.ask("1")
	b := make([]byte, 64)
	if _, err := io.ReadFull(c.in, b); err != nil || bytes.Contains(b, []byte("answer")) {
		t.Errorf("%q, %v", b, err)
	}
	set(t, r, relay.Fault{Kind: relay.Garble, Garbage: []byte("HTTP/1.1 -7\n")})
	c.wantEnd("") // spoiled by the first
	c = dial(t, r)
	c.ask("1")
	c.want("HTTP/1.1 -7")
}

func TestStall(t *testing.T) {
	r := start(t, relay.Config{})
	set(t, r, relay.Fault{Kind: relay.Stall})
	c, ending := dial(t, r), dial(t, r)
	c.ask("1")
	await(t, "the first answer", func() bool { return r.Stats().Answers == 1 })
	c.ask("2")
	await(t, "the second answer", func() bool { return r.Stats().Answers == 2 })
	ending.ask("3")
	ending.ask("bye")
	await(t, "the third answer", func() bool { return r.Stats().Answers == 3 })
	_ = c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if b, err := c.in.ReadByte(); err == nil {
		t.Fatalf("%q came during the stall", b)
	}
	_ = c.SetReadDeadline(time.Now().Add(patience))
	set(t, r, relay.Fault{})
	c.want("answer 1")
	c.want("answer 2")
	ending.wantEnd("answer 3\n")
}
