package e2e

import (
	"net"
	"slices"
	"sync"
	"testing"
	"time"
)

// A gate stands before a TCP server. While it is held, nothing comes back, and it notes
// which connections asked for something.
type gate struct {
	ln     net.Listener
	target string
	mu     sync.Mutex
	opened sync.Cond
	held   bool
	spoke  []int // ports of the clients, while held
	conns  []net.Conn
	group  sync.WaitGroup
}

// openGate starts a gate that lets everything through.
func openGate(t *testing.T, target string) *gate {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{ln: ln, target: target}
	g.opened.L = &g.mu
	g.group.Go(g.accept)
	t.Cleanup(g.close)
	return g
}

func (g *gate) addr() string { return g.ln.Addr().String() }

func (g *gate) close() {
	_ = g.ln.Close()
	g.mu.Lock()
	for _, c := range g.conns {
		_ = c.Close()
	}
	g.mu.Unlock()
	g.release()
	g.group.Wait()
}

func (g *gate) accept() {
	for {
		client, err := g.ln.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", g.target)
		if err != nil {
			_ = client.Close()
			continue
		}
		g.mu.Lock()
		g.conns = append(g.conns, client, server)
		g.mu.Unlock()
		g.group.Go(func() { g.copy(server, client, g.note) })
		g.group.Go(func() { g.copy(client, server, g.wait) })
	}
}

// copy calls before for the connection that it reads from, before it passes anything on.
func (g *gate) copy(to, from net.Conn, before func(net.Conn)) {
	b := make([]byte, 16384)
	for {
		n, err := from.Read(b)
		if err != nil {
			_ = to.Close()
			return
		}
		before(from)
		if _, err := to.Write(b[:n]); err != nil {
			_ = from.Close()
			return
		}
	}
}

func (g *gate) note(client net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	port := client.RemoteAddr().(*net.TCPAddr).Port
	if g.held && !slices.Contains(g.spoke, port) {
		g.spoke = append(g.spoke, port)
	}
}

func (g *gate) wait(net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.held {
		g.opened.Wait()
	}
}

func (g *gate) hold() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held, g.spoke = true, nil
}

func (g *gate) release() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held = false
	g.opened.Broadcast()
}

// speaker waits until a connection has asked for something, and returns its client's port.
// There must be no other.
func (g *gate) speaker(t *testing.T) int {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		g.mu.Lock()
		spoke := slices.Clone(g.spoke)
		g.mu.Unlock()
		if len(spoke) > 1 {
			t.Fatalf("%d connections ask at once", len(spoke))
		}
		if len(spoke) == 1 {
			return spoke[0]
		}
	}
	t.Fatal("no connection asks for anything")
	return 0
}

// warm makes calls until the connections are made that a call may need.
func (g *gate) warm(t *testing.T, c *caller, user string) {
	t.Helper()
	for range 8 {
		if m := c.invite(user).ended(patience); m == nil || m.Status() != 480 {
			t.Fatalf("%s: answered with %v", user, m)
		}
	}
}
