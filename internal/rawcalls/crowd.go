package rawcalls

import (
	"bytes"
	"fmt"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fastsips/fastsips/internal/sipprun"
)

// A Crowd is many INVITEs that wait at the proxy at the same time. Nobody is called:
// the proxy's script answers them, sooner or later, with a final response that is no
// 2xx, which the Crowd acknowledges.
type Crowd struct {
	conn   *net.UDPConn
	calls  []member
	ends   [700]atomic.Int64 // final responses to INVITEs, by status, copies left out
	trying atomic.Int64      // INVITEs that have got a 100
	over   atomic.Int64      // INVITEs that have got a final response
	ended  atomic.Int64      // CANCELs that have got their 200
	again  atomic.Int64      // second final responses that differ from the first
	group  sync.WaitGroup
	failed atomic.Pointer[error]
}

// A member is what has come for one INVITE. The reader alone writes it.
type member struct {
	trying   atomic.Bool
	canceled bool
	final    uint16
}

// NewCrowd makes a crowd of n at the proxy (host:port). Close ends it.
func NewCrowd(proxy string, n int) (*Crowd, error) {
	conn, err := dial(proxy)
	if err != nil {
		return nil, err
	}
	c := &Crowd{conn: conn, calls: make([]member, n)}
	c.group.Go(c.read)
	return c, nil
}

// Close ends the crowd, and returns the first error of its socket.
func (c *Crowd) Close() error {
	_ = c.conn.Close() // the reader's end
	c.group.Wait()
	if e := c.failed.Load(); e != nil {
		return *e
	}
	return nil
}

// Trying returns how many have got a 100.
func (c *Crowd) Trying() int { return int(c.trying.Load()) }

// Over returns how many have got a final response.
func (c *Crowd) Over() int { return int(c.over.Load()) }

// Cancelled returns how many CANCELs have got a 200.
func (c *Crowd) Cancelled() int { return int(c.ended.Load()) }

// Final returns how many have got a final response of this status.
func (c *Crowd) Final(status int) int { return int(c.ends[status].Load()) }

// Changed returns how many got a final response that differs from their first.
func (c *Crowd) Changed() int { return int(c.again.Load()) }

// Drops returns how many datagrams the kernel has dropped at the crowd's socket.
func (c *Crowd) Drops() (int, error) {
	return sipprun.UDPDrops(c.conn.LocalAddr().(*net.UDPAddr).Port)
}

// Invite sends the INVITEs numbered from to to-1, at so many per second.
func (c *Crowd) Invite(from, to, rate int) { c.send("INVITE", from, to, rate) }

// Repeat sends those of these INVITEs again that have got nothing yet, as timer A of a
// client transaction would (RFC 3261 §17.1.1.2). It returns how many those are.
func (c *Crowd) Repeat(from, to int) (n int) {
	for i := from; i < to; i++ {
		if !c.calls[i].trying.Load() {
			c.send("INVITE", i, i+1, 5000)
			n++
		}
	}
	return n
}

// Cancel sends CANCELs for the INVITEs numbered from to to-1, likewise.
func (c *Crowd) Cancel(from, to, rate int) { c.send("CANCEL", from, to, rate) }

func (c *Crowd) send(method string, from, to, rate int) {
	w := writer{local: c.conn.LocalAddr().String(), callee: "127.0.0.1:9"}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	begin := time.Now()
	for n := from; n < to; n++ {
		for n-from >= int(time.Since(begin).Seconds()*float64(rate)) {
			<-tick.C
		}
		c.write(w.ofTransaction(method, n))
	}
}

// ofTransaction is an INVITE, or the CANCEL or ACK that belongs to its transaction.
func (w *writer) ofTransaction(method string, n int) []byte {
	if method == "INVITE" {
		return w.invite(n)
	}
	w.head("INVITE", n, nil, "", 1)
	w.b = bytes.Replace(w.b, []byte("INVITE sip:"), []byte(method+" sip:"), 1)
	w.b = bytes.Replace(w.b, []byte("CSeq: 1 INVITE"), []byte("CSeq: 1 "+method), 1)
	return w.body(nil)
}

func (c *Crowd) write(b []byte) {
	if _, err := c.conn.Write(b); err != nil && !isClosed(err) {
		err = fmt.Errorf("crowd: %w", err)
		c.failed.CompareAndSwap(nil, &err)
	}
}

func (c *Crowd) read() {
	w := writer{local: c.conn.LocalAddr().String(), callee: "127.0.0.1:9"}
	b := make([]byte, 65536)
	for {
		n, err := c.conn.Read(b)
		switch {
		case err == nil:
			c.take(response(b[:n]), &w)
		case isClosed(err):
			return
		}
	}
}

func (c *Crowd) take(m response, w *writer) {
	n, status := m.call(), m.status()
	if n < 0 || n >= len(c.calls) || status >= len(c.ends) {
		return
	}
	x := &c.calls[n]
	switch {
	case m.to("CANCEL"):
		if status == 200 && !x.canceled {
			x.canceled = true
			c.ended.Add(1)
		}
	case status == 100 && !x.trying.Load():
		x.trying.Store(true)
		c.trying.Add(1)
	case status >= 300:
		c.final(x, uint16(status))
		c.write(c.ack(w, n, m))
	case status >= 200:
		c.final(x, uint16(status))
	}
}

func (c *Crowd) final(x *member, status uint16) {
	switch x.final {
	case 0:
		x.final = status
		c.ends[status].Add(1)
		c.over.Add(1)
	case status: // a copy
	default:
		c.again.Add(1)
	}
}

// ack is the ACK of a final response that is no 2xx (RFC 3261 §17.1.1.3).
func (c *Crowd) ack(w *writer, n int, m response) []byte {
	b := w.ofTransaction("ACK", n)
	to := []byte("\r\nTo: <sip:bob@example.com>\r\n")
	w.b = bytes.Replace(b, to, append(append([]byte("\r\nTo: "), line(m, []byte("\r\nTo: "))...), crlf...), 1)
	return w.b
}

// String says how the crowd stands.
func (c *Crowd) String() string {
	s := fmt.Sprintf("%d INVITEs: %d trying, %d over", len(c.calls), c.Trying(), c.Over())
	for status := range c.ends {
		if n := c.Final(status); n > 0 {
			s += ", " + strconv.Itoa(n) + " × " + strconv.Itoa(status)
		}
	}
	return s
}
