package proxy

import (
	"time"
	"unsafe"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/tm"
)

// Memory is what one loop's transactions take, in numbers and bytes. What has
// grown stays for the next ones.
type Memory struct {
	Entries    int // transactions of both sides, tombstones included
	Slots      int // the most of them so far
	SlabBytes  int // the table's entries
	IndexBytes int // of the server side
	WireBytes  int // where to send, what to send again
	TimerBytes int // the loop's wheel
	Kept       int // messages that may have to be sent again
	KeptBytes  int // of their size classes
	KeepBytes  int // of the blocks that they lie in
}

// TombstoneSize is what is left of a finished transaction, in bytes, besides the
// message that it may have to send again.
const TombstoneSize = tm.EntrySize + int(unsafe.Sizeof(wire{}))

// memoryPatience is for a loop that is stuck: who asks wants to see just that.
const memoryPatience = time.Second

// Memory asks loop i. It reports false if the loop does not answer within a
// second. It must not be called on a loop.
func (p *Proxy) Memory(i int) (Memory, bool) {
	answer := make(chan Memory, 1)
	p.group.Mailbox(i).Post(&loop.Task{Run: func(l *loop.Loop) { answer <- p.on(l).memory(l) }})
	select {
	case m := <-answer:
		return m, true
	case <-time.After(memoryPatience):
		return Memory{}, false
	}
}

func (s *shard) memory(l *loop.Loop) Memory {
	table := s.tm.Size()
	m := Memory{
		Entries: table.Entries, Slots: table.Slots, SlabBytes: table.SlabBytes, IndexBytes: table.IndexBytes,
		WireBytes:  s.wires.bytes(),
		TimerBytes: l.Timers().Bytes(),
		Kept:       s.keep.used,
	}
	m.KeptBytes, m.KeepBytes = s.keep.size()
	return m
}
