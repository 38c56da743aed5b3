package pg

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"time"

	"github.com/fastsips/fastsips/loop"
)

const (
	cancelWorkers = 4
	cancelTimeout = 2 * time.Second
	cancelCode    = 80877102 // CancelRequest
	sslCode       = 80877103 // SSLRequest
)

// cancelKey is what it takes to ask the server to stop a connection's query.
type cancelKey struct {
	network, address string
	pid              uint32
	secret           []byte
	tls              *tls.Config // nil: none
	direct           bool        // TLS without asking
}

// cancelReply is how a worker reports that the server has seen a cancellation.
type cancelReply struct {
	task loop.Task
	err  error
	seq  uint32 // conn.answers when it was sent
}

// drain keeps new queries away from c while nobody waits for what is on it, and
// has the server stop it. If somebody does wait, it does nothing.
func (c *conn) drain(l *loop.Loop) {
	if c.closed || c.wanted() {
		return
	}
	c.startDraining(l)
	if c.cancelling || c.first().own {
		return
	}
	reply := &cancelReply{seq: c.answers}
	reply.task.Run = func(l *loop.Loop) { c.cancelled(l, reply) }
	d, home, key := c.pool.db, l.Mailbox(), c.key
	c.cancelling = d.cancels.Submit(func() {
		reply.err = key.send(d.ctx)
		home.Post(&reply.task)
	}) // if not, the query runs to its end, or the connection is given up
	if c.cancelling {
		c.pool.counts.cancelRequests.Inc()
	}
}

// wanted reports whether anybody waits for a query on c.
func (c *conn) wanted() bool {
	for i := range c.n {
		if c.at(c.answers+i).q != nil {
			return true
		}
	}
	return false
}

func (c *conn) startDraining(l *loop.Loop) {
	if !c.draining {
		c.draining, c.heard = true, l.Now()
		c.pool.draining++
		c.pool.checkLater(l)
	}
}

func (c *conn) stopDraining() {
	if c.draining {
		c.draining = false
		c.pool.draining--
	}
}

// cancelled is told that a cancellation has hit its query or nothing; from now
// on it can hit no other.
func (c *conn) cancelled(l *loop.Loop, r *cancelReply) {
	if c.closed {
		return
	}
	c.cancelling = false
	switch {
	case r.err != nil: // it may still hit whatever would run here next
		c.close(l, errors.Join(errCancel, r.err))
	case c.n == 0:
		c.next(l)
	case r.seq != c.answers: // another unwanted query has come to the front
		c.drain(l)
	}
}

// giveUpIfStuck closes a connection that does not even answer a cancellation.
func (c *conn) giveUpIfStuck(l *loop.Loop) {
	if c.draining && l.Now()-c.heard > stuckAfter {
		c.pool.breaker.Failure(l.Now())
		c.close(l, errStuck)
	}
}

// send asks the server to cancel, and waits until it hangs up: then it has
// signalled the backend. It blocks: for workers only.
func (k *cancelKey) send(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, cancelTimeout)
	defer cancel()
	nc, err := dialNet(ctx, k.network, k.address)
	if err != nil {
		return err
	}
	defer func() { _ = nc.Close() }() // the server has hung up, or we have given up
	stop := context.AfterFunc(ctx, func() { _ = nc.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if k.tls != nil {
		if nc, err = k.encrypt(nc); err != nil {
			return err
		}
	}
	if _, err := nc.Write(k.request()); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, nc)
	if ctx.Err() != nil {
		return err
	}
	return nil // however it hung up
}

func (k *cancelKey) request() []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(12+len(k.secret)))
	b = binary.BigEndian.AppendUint32(b, cancelCode)
	b = binary.BigEndian.AppendUint32(b, k.pid)
	return append(b, k.secret...)
}

// encrypt keeps the key from whoever listens, as the connection itself is.
func (k *cancelKey) encrypt(nc net.Conn) (net.Conn, error) {
	if !k.direct {
		ask := binary.BigEndian.AppendUint32([]byte{0, 0, 0, 8}, sslCode)
		if _, err := nc.Write(ask); err != nil {
			return nc, err
		}
		answer := ask[:1]
		if _, err := io.ReadFull(nc, answer); err != nil {
			return nc, err
		}
		if answer[0] != 'S' {
			return nc, errors.New("the server refuses TLS for a cancellation")
		}
	}
	return tls.Client(nc, k.tls), nil
}
