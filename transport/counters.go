package transport

import (
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/metrics"
)

// Counters are one loop's.
type Counters struct {
	Received   metrics.Counter // messages that are this loop's business
	HandedOver metrics.Counter // messages that another loop owns
	Steered    metrics.Counter // datagrams that came to their owner's socket, of several
	KeepAlives metrics.Counter // CRLF or NUL datagrams, answered by nothing
	ICMPErrors metrics.Counter // that something sent by UDP did not arrive, as the network says

	Connections    metrics.Gauge   // open ones, and those being connected
	Accepted       metrics.Counter // connections that others made
	Connected      metrics.Counter // connections that we made
	Refused        metrics.Counter // not accepted: tcp_max_connections, or no files left
	ConnectFailed  metrics.Counter // refused by the peer, or unreachable
	ConnectTimeout metrics.Counter // tcp_connect_timeout
	ClosedByPeer   metrics.Counter
	ClosedHere     metrics.Counter // after what could not be read
	ClosedBroken   metrics.Counter // reset, timed out by the kernel
	ClosedIdle     metrics.Counter // tcp_connection_lifetime
	ClosedSlow     metrics.Counter // tcp_max_msg_time
	ClosedStalled  metrics.Counter // tcp_send_timeout
	ClosedFull     metrics.Counter // tcp_write_queue
	FramingErrors  metrics.Counter // streams of which nobody knows where the next message begins
	Pings          metrics.Counter // CRLF CRLF, answered with CRLF
	Unsent         metrics.Counter // messages that did not leave, for want of a connection
	Paused         metrics.Counter // times that a connection was not read: another loop has too much to do
}

// closed counts the end of a connection.
func (c *Counters) closed(why loop.Cause) {
	c.Connections.Add(-1)
	for cause, counter := range [...]*metrics.Counter{
		loop.ByPeer: &c.ClosedByPeer, loop.ByUs: &c.ClosedHere, loop.Broken: &c.ClosedBroken, loop.NotConnected: &c.ConnectFailed,
		loop.ConnectTimeout: &c.ConnectTimeout, loop.Idle: &c.ClosedIdle, loop.SlowMessage: &c.ClosedSlow,
		loop.Stalled: &c.ClosedStalled, loop.QueueFull: &c.ClosedFull,
	} {
		if loop.Cause(cause) == why {
			counter.Inc()
		}
	}
}
