package transport

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fastsips/fastsips/loop"
)

// A peer sees one connection, whatever loops send to it, and each one's messages in
// order.
func TestOneConnectionPerPeer(t *testing.T) {
	take, _ := collect()
	r := newRig(t, loop.Config{Loops: 4}, TCPConfig{}, take)
	ln, conns := listen(t)
	const n = 300
	var done sync.WaitGroup
	for i := range 4 {
		done.Go(func() {
			for k := range n {
				r.send(i, to(ln.Addr()), message(fmt.Sprint("loop", i), k, ""), 1)
			}
		})
	}
	c := <-conns
	defer c.Close()
	last := map[string]uint32{}
	for range 4 * n {
		m := readMessage(t, c)
		if m.CSeq() != last[string(m.CallID())] {
			t.Fatalf("%s: %d, want %d", m.CallID(), m.CSeq(), last[string(m.CallID())])
		}
		last[string(m.CallID())]++
	}
	done.Wait()
	if got := r.sum(func(c *Counters) uint64 { return c.Connected.Load() }); got != 1 {
		t.Errorf("%d connections", got)
	}
	if len(conns) != 0 {
		t.Error("a second connection was made")
	}
}

// What comes by a connection that we made belongs to its calls like any other; and a
// peer that connected to us is reached by its source address without a new connection.
func TestConnectionsAreReused(t *testing.T) {
	take, got := collect()
	r := newRig(t, loop.Config{Loops: 2}, TCPConfig{}, take)
	ln, conns := listen(t)
	r.send(0, to(ln.Addr()), message("x", 1, ""), 1)
	c := <-conns
	defer c.Close()
	mustWrite(t, c, message("back", 1, ""))
	want(t, got, message("back", 1, ""))

	in := r.dial()
	mustWrite(t, in, message("in", 1, ""))
	want(t, got, message("in", 1, ""))
	for i := range 2 {
		r.send(i, to(in.LocalAddr()), message("out", i, ""), 1)
	}
	for range 2 {
		readMessage(t, in)
	}
}

// Nobody listens, and nobody answers: each message that was to leave is reported on the
// loop that sent it, and a later one tries again.
func TestConnectFails(t *testing.T) {
	take, _ := collect()
	r := newRig(t, loop.Config{Loops: 4}, TCPConfig{Limits: loop.StreamLimits{Connect: 50 * time.Millisecond}}, take)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := ln.Addr()
	ln.Close()
	for _, peer := range []net.Addr{nobody, fullListener(t)} {
		for round := range 2 {
			for i := range 4 {
				for k := range 5 {
					r.send(i, to(peer), "x", uint64(100*i+k+1))
				}
			}
			count := map[failure]int{}
			for range 20 {
				f := r.nextFailure()
				f.err = nil
				count[f]++
			}
			for i := range 4 {
				for k := range 5 {
					if n := count[failure{i, uint64(100*i + k + 1), nil}]; n != 1 {
						t.Errorf("%v, round %d: loop %d was told %d times of its %d", peer, round, i, n, k)
					}
				}
			}
		}
	}
	if n := r.group.Streams(); n != 0 {
		t.Errorf("%d connections are left", n)
	}
}

// The newest connection to a peer counts; an older one that ends does not end it.
func TestDirectory(t *testing.T) {
	g, err := loop.New(loop.Config{Loops: 1, LogWriter: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Stop()
	ids := map[string]loop.StreamID{}
	g.Do(0, func(l *loop.Loop) {
		for _, text := range []string{"00000000000100000001", "00000000000200000001", "00000000000300000001"} {
			ids[text[11:12]] = l.ParseStreamID([]byte(text))
			if got := string(ids[text[11:12]].AppendTo(nil)); got != text {
				t.Errorf("%s became %s", text, got)
			}
		}
		for _, bad := range []string{"", "0", "00010000000100000001", "0000000000010000000g", "0000000000010000000 "} {
			if !l.ParseStreamID([]byte(bad)).IsZero() {
				t.Errorf("%q names a connection", bad)
			}
		}
	})
	d := newDirectory(0)
	d.buckets = d.buckets[:1] // all in one chain
	keys := make([]peerKey, 5)
	for i := range keys {
		keys[i] = peerKey{addr(t, fmt.Sprintf("192.0.2.%d:5060", i)), 0}
		d.put(keys[i], ids["1"])
	}
	d.put(keys[2], ids["2"])
	d.drop(keys[2], ids["1"])
	d.drop(keys[3], ids["1"])
	d.drop(keys[0], ids["3"])
	for i, want := range []string{"1", "1", "2", "", "1"} {
		if got := d.find(keys[i]); got != ids[want] {
			t.Errorf("%d: %v, want %q", i, got, want)
		}
	}
	if !d.find(peerKey{keys[0].remote, 1}).IsZero() {
		t.Error("found by another listener")
	}
}

// Loops put and drop at the same time.
func TestDirectoryRace(t *testing.T) {
	d := newDirectory(0)
	d.buckets = d.buckets[:2]
	var done sync.WaitGroup
	for i := range 4 {
		done.Go(func() {
			g, _ := loop.New(loop.Config{Loops: 1, LogWriter: io.Discard})
			defer g.Stop()
			var id loop.StreamID
			g.Do(0, func(l *loop.Loop) { id = l.ParseStreamID(fmt.Appendf(nil, "0000%08x00000001", i)) })
			for k := range 2000 {
				key := peerKey{addr(t, fmt.Sprintf("192.0.2.%d:%d", i, k%7+1)), 0}
				d.put(key, id)
				if d.find(key) != id {
					t.Error("not found")
				}
				if k%3 > 0 {
					d.drop(key, id)
				}
			}
		})
	}
	done.Wait()
}

// RFC 5923 §8.1: "an attacker could … hijack … connections" by an alias that is not his.
// Here somebody at the same address, behind the same NAT say, names the port of another
// one: that one's requests stay his, and so do those to whom we have connected. The
// alias counts once the other one is gone.
func TestAliasTakesNothingAway(t *testing.T) {
	take, got := collect()
	r := newRig(t, loop.Config{Loops: 1}, TCPConfig{Aliases: true}, take)
	say := func(c net.Conn, callID string, port int) {
		text := strings.Replace(message(callID, 1, ""), "TCP 127.0.0.1;", fmt.Sprintf("TCP 127.0.0.1:%d;alias;", port), 1)
		mustWrite(t, c, text)
		want(t, got, text)
	}
	victim, thief := r.dial(), r.dial()
	port := victim.LocalAddr().(*net.TCPAddr).Port
	say(victim, "victim", port)
	say(thief, "thief", port)
	r.send(0, to(victim.LocalAddr()), message("secret", 1, ""), 1)
	if m := readMessage(t, victim); string(m.CallID()) != "secret" {
		t.Errorf("the victim got %s", m.CallID())
	}

	ln, conns := listen(t)
	r.send(0, to(ln.Addr()), message("first", 1, ""), 1)
	trunk := <-conns
	readMessage(t, trunk)
	say(thief, "thief2", ln.Addr().(*net.TCPAddr).Port)
	r.send(0, to(ln.Addr()), message("secret", 2, ""), 1)
	if m := readMessage(t, trunk); m.CSeq() != 2 {
		t.Errorf("the trunk got %d", m.CSeq())
	}

	trunk.Close()
	ln.Close()
	eventually(t, "it is gone", func() bool { return r.group.Streams() == 2 })
	say(thief, "heir", ln.Addr().(*net.TCPAddr).Port)
	r.send(0, to(ln.Addr()), message("open", 1, ""), 1)
	if m := readMessage(t, thief); string(m.CallID()) != "open" {
		t.Errorf("the heir got %s", m.CallID())
	}
}
