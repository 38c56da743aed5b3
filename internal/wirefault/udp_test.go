package wirefault

import (
	"encoding/binary"
	"net"
	"net/netip"
	"testing"
	"time"
)

const patience = 20 * time.Second

// echo returns the address of a UDP server that answers each datagram with itself
// and the port that it came from.
func echo(t *testing.T) string {
	t.Helper()
	c, err := listenUDP()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	go func() {
		b := make([]byte, 2048)
		for {
			n, from, err := c.ReadFromUDPAddrPort(b)
			if err != nil {
				return
			}
			_, _ = c.WriteToUDPAddrPort(binary.BigEndian.AppendUint16(b[:n], from.Port()), from)
		}
	}()
	return c.LocalAddr().String()
}

func client(t *testing.T) *net.UDPConn {
	t.Helper()
	c, err := listenUDP()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	return c
}

func relayUDP(t *testing.T, cfg UDPConfig) (*UDP, netip.AddrPort) {
	t.Helper()
	r, err := NewUDP(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r, netip.MustParseAddrPort(r.Addr())
}

// Without faults everything comes back, to whom it belongs; the target sees each
// client as an address of its own.
func TestUDPIsTransparent(t *testing.T) {
	r, addr := relayUDP(t, UDPConfig{})
	if err := r.SetTarget(echo(t)); err != nil {
		t.Fatal(err)
	}
	seen := map[uint16]bool{}
	b := make([]byte, 2048)
	for range 3 {
		c := client(t)
		for i := range 10 {
			if _, err := c.WriteToUDPAddrPort([]byte{byte(i), 'x'}, addr); err != nil {
				t.Fatal(err)
			}
			n, from, err := c.ReadFromUDPAddrPort(b)
			if err != nil || n != 4 || b[0] != byte(i) || from != addr {
				t.Fatalf("%v from %v, %v", b[:n], from, err)
			}
			seen[binary.BigEndian.Uint16(b[2:])] = true
		}
	}
	if len(seen) != 3 {
		t.Errorf("the target saw %d addresses for 3 clients", len(seen))
	}
	if s := r.Stats(); s != (UDPStats{Received: 60}) {
		t.Errorf("%+v", s)
	}
}

// Each fate comes as often as its chance says.
func TestUDPFaults(t *testing.T) {
	const n = 1000
	cfg := UDPConfig{Target: echo(t), Seed: 7, Loss: 0.1, Duplicate: 0.1, Delay: 0.1, DelayMax: 20 * time.Millisecond}
	r, addr := relayUDP(t, cfg)
	c := client(t)
	var order []int
	drain := func(wait time.Duration) {
		b := make([]byte, 2048)
		for {
			_ = c.SetReadDeadline(time.Now().Add(wait))
			if _, _, err := c.ReadFromUDPAddrPort(b); err != nil {
				return
			}
			order = append(order, int(binary.BigEndian.Uint16(b)))
		}
	}
	for i := range n { // hardly more than one at a time, so that no buffer overflows
		if _, err := c.WriteToUDPAddrPort(binary.BigEndian.AppendUint16(nil, uint16(i)), addr); err != nil {
			t.Fatal(err)
		}
		drain(time.Millisecond)
	}
	drain(10 * cfg.DelayMax)
	s := r.Stats()
	for what, got := range map[string]int64{"lost": s.Lost, "duplicated": s.Duplicated, "delayed": s.Delayed} {
		if share := float64(got) / float64(s.Received); share < 0.07 || share > 0.13 {
			t.Errorf("%d of %d %s, want a tenth", got, s.Received, what)
		}
	}
	late, counts := 0, map[int]int{}
	for i, k := range order {
		if counts[k]++; i > 0 && k < order[i-1] {
			late++
		}
	}
	missing, twice := n-len(counts), len(order)-len(counts)
	if late == 0 || twice == 0 || missing < n/10 || missing > 3*n/10 {
		t.Errorf("of %d there and back %d were lost, %d came too often, %d late", n, missing, twice, late)
	}
}
