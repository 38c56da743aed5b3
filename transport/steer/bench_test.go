package steer

import (
	"testing"

	"golang.org/x/sys/unix"
)

// What a program costs: sending through loopback runs it, in the sender's time. Nobody
// reads, so that all else is the same in all of them.
func BenchmarkSend(b *testing.B) {
	for _, mode := range []Mode{Off, EBPF, Classic} {
		b.Run(mode.String(), func(b *testing.B) {
			o := NewOwner(2)
			g := newGroup(b, 2, unix.AF_INET)
			if r := Attach(mode, o, g.fds); r.Active != mode {
				b.Skip(r.Note)
			}
			m := message(250) // Call-ID: at 197
			for b.Loop() {
				g.out.Write(m)
			}
		})
	}
}

func BenchmarkOwner(b *testing.B) {
	o, id := NewOwner(2), []byte("a84b4c76e66710@pc33.atlanta.example.com")
	for b.Loop() {
		o.Of(id)
	}
}
