package redis

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"time"
)

// Check connects to one of the hosts, says who we are, and hangs up. It blocks, for
// ConnectTimeout at most with each host: for the time before the loops start.
func Check(cfg Config) error {
	cfg = cfg.withDefaults()
	var err error
	for _, h := range cfg.Hosts {
		if err = cfg.check(h); err == nil {
			return nil
		}
		err = fmt.Errorf("%v: %w", h, err)
	}
	return err
}

func (cfg *Config) check(h Host) error {
	d := &net.Dialer{Timeout: cfg.ConnectTimeout}
	var c net.Conn
	var err error
	if cfg.TLS != nil {
		c, err = tls.DialWithDialer(d, "tcp", h.String(), cfg.TLS)
	} else {
		c, err = d.Dial("tcp", h.String())
	}
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // what counts was said
	if err := c.SetDeadline(time.Now().Add(cfg.ConnectTimeout)); err != nil {
		return err
	}
	old, err := cfg.converse(c, stepHello)
	if old {
		_, err = cfg.converse(c, stepAuth)
	}
	return err
}

// converse asks one question. Old means that the server does not know it.
func (cfg *Config) converse(c net.Conn, at step) (old bool, err error) {
	args := cfg.question(at)
	if args == nil {
		return false, nil
	}
	var e encoder
	e.command(args)
	if _, err := c.Write(e.text); err != nil {
		return false, err
	}
	var r Reply
	r.reset(cfg.MaxReply)
	if err := readReply(c, &r); err != nil {
		return false, err
	}
	switch v := r.Value(); {
	case v.Kind() != Error:
		return false, nil
	case at == stepHello && unknownHello(v):
		return true, nil
	default:
		return false, refusal(v)
	}
}

// readReply reads one reply.
func readReply(from io.Reader, r *Reply) error {
	var d decoder
	for b := make([]byte, 4096); ; {
		n, err := from.Read(b)
		if err != nil {
			return err
		}
		if _, done, err := d.next(b[:n], r); done || err != nil {
			return err
		}
	}
}
