package tm

import (
	"testing"
	"time"

	"github.com/fastsips/fastsips/timer"
)

// A whole INVITE through both machines, with half a minute of others around it.
func BenchmarkCall(b *testing.B) {
	w := timer.New(0)
	table := NewTable(w, tmKind, Timing{})
	var now int64
	fire := func(_ timer.Kind, ref uint64) { table.Timer(ref, now) }
	n := uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		n++
		key := Key{n, n * 0x9e3779b97f4a7c15}
		table.Match(key)
		server := table.NewServer(InviteServer, false, key, now)
		table.Step(server, Send1xx, now)
		client := table.NewClient(InviteClient, false, 0, 0, now)
		table.Reply(client, 180, now)
		table.Step(server, Send1xx, now)
		table.Reply(client, 200, now)
		table.Step(server, Send2xx, now)
		now += int64(time.Millisecond)
		w.Advance(now, fire)
	}
}

func BenchmarkRequestKey(b *testing.B) {
	s := NewSeed()
	for name, r := range map[string]req{"branch": invite, "rfc2543": legacy} {
		m := r.parse(b)
		b.Run("by="+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.RequestKey(m)
			}
		})
	}
}

func BenchmarkBranch(b *testing.B) {
	s := NewSeed()
	buf := make([]byte, 0, 64)
	b.ReportAllocs()
	for b.Loop() {
		buf = s.AppendBranch(buf[:0], makeID(1, 2))
		s.ParseBranch(buf)
	}
}
