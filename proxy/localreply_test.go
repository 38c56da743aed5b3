package proxy

import (
	"hash/maphash"
	"testing"

	"github.com/fastsips/fastsips/sipparse"
)

func TestHex64(t *testing.T) {
	for _, n := range []uint64{0, 1, 0x0123456789abcdef, 0xfedcba9876543210, 1<<64 - 1} {
		if b := appendHex64(nil, n); len(b) != 16 || parseHex64(b) != n {
			t.Errorf("%x: %s, read as %x", n, b, parseHex64(b))
		}
	}
}

// qvalue = "0" [ "." 0*3DIGIT ] / "1" ; RFC 3261 §25.1
func TestAppendQ(t *testing.T) {
	for q, want := range map[int16]string{0: "0", 1: "0.001", 10: "0.01", 250: "0.25", 500: "0.5", 999: "0.999", 1000: "1"} {
		if got := string(appendQ(nil, q)); got != want {
			t.Errorf("%d: %s, want %s", q, got, want)
		}
	}
}

// The ACK of a foreign dialog costs nothing and finds nothing, also when the tag looks
// like one of ours.
func TestForeignTags(t *testing.T) {
	s := &shard{hash: maphash.MakeSeed()}
	for _, tag := range []string{"1", "0123456789abcdef0123456789abcdef", "ffffffffffffffffffffffffffffffff"} {
		r := &Request{Message: new(Message)}
		text := "ACK sip:a SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKx\r\nFrom: <sip:a>;tag=1\r\nTo: <sip:a>;tag=" + tag + "\r\nCall-ID: x\r\nCSeq: 1 ACK\r\n\r\n"
		if err := r.Msg.Parse([]byte(text)); err != sipparse.OK {
			t.Fatal(err)
		}
		if _, ok := s.answered2xx(r); ok {
			t.Errorf("tag %s is taken for ours", tag)
		}
		if n := testing.AllocsPerRun(100, func() { s.answered2xx(r) }); n != 0 {
			t.Errorf("tag %s costs %v allocations", tag, n)
		}
	}
}
