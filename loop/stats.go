package loop

import (
	"reflect"
	"sync/atomic"

	"github.com/fastsips/fastsips/metrics"
)

// Stats are counters since the start. A loop's own are written by it alone, so it
// may read them plainly; others take Group.Snapshot.
type Stats struct {
	Wakeups       uint64 // events, of the poller or of a nap
	Received      uint64 // datagrams read from sockets
	Sent          uint64 // datagrams that the kernel took
	RecvDrops     uint64 // datagrams lost to a full receive buffer (SO_RXQ_OVFL)
	RecvErrors    uint64 // failed recvmmsg calls
	ICMPErrors    uint64 // ICMP errors read, about datagrams that were sent
	Truncated     uint64 // datagrams dropped since they did not fit a slot
	SendErrors    uint64 // datagrams that the kernel refused
	SendRepeats   uint64 // Sends of a datagram that was still queued
	QueueDrops    uint64 // datagrams dropped since the write queue was full
	HandedOver    uint64 // datagrams given to another loop
	HandOverDrops uint64 // datagrams dropped since the other loop has too many
	Posts         uint64 // mailbox tasks run
	Wakes         uint64 // eventfd writes to wake this loop
	Timers        uint64 // timers fired
	Panics        uint64 // callbacks that panicked
	LogDrops      uint64 // log lines dropped since the ring was full

	Accepted       uint64 // connections accepted
	StreamReads    uint64 // reads of connections that gave something
	StreamWrites   uint64 // writes to connections
	StreamMessages uint64 // messages of connections, delivered
	StreamSent     uint64 // messages that left on connections
	StreamHeld     uint64 // bytes of memory that wait to leave on connections now
	StreamPauses   uint64 // times that a connection was not read for a while
}

// bump adds to a counter of the loop's own Stats, so that Snapshot may read it.
func bump(c *uint64, n uint64) { metrics.Bump(c, n) }

// add adds o's counters, which another goroutine may be writing, to s.
func (s *Stats) add(o *Stats) {
	sum, from := reflect.ValueOf(s).Elem(), reflect.ValueOf(o).Elem()
	for i := range sum.NumField() {
		n := atomic.LoadUint64(from.Field(i).Addr().Interface().(*uint64))
		sum.Field(i).SetUint(sum.Field(i).Uint() + n)
	}
}
