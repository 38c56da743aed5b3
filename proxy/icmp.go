package proxy

import (
	"bytes"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/tm"
	"github.com/fastsips/fastsips/transport"
)

// Unreachable takes an ICMP error about a datagram to remote that began with head: a
// request that nothing has answered yet has failed, which is a 503 (RFC 3261 §16.9, §17.1.4).
// It reports whether the request was this loop's, or nobody's.
//
// Anybody can send an ICMP error, but the branch in it only who has seen our request, and
// it counts only if it is about the very address that the request went to. Once there was a
// provisional response the peer is alive, or will be again: the error is a restart, or a
// route that changes, and the timers see to the rest. Nor does an error stop an ACK from
// being repeated, of which the peer decides. What it ends is never sent again by itself.
func (p *Proxy) Unreachable(l *loop.Loop, remote loop.Addr, head []byte) bool {
	s := p.on(l)
	method, branch := quoted(head)
	if branch == nil || string(method) == "ACK" {
		return true
	}
	id, ours := s.seed.ParseBranch(branch)
	if !ours {
		return false
	}
	if string(method) == "CANCEL" { // it has the branch of its INVITE
		id = s.tm.Cancel(id)
	}
	st, live := s.tm.State(id)
	if !live || st != tm.Calling && st != tm.Trying || s.tm.Role(id).IsServer() {
		return true
	}
	if w := s.wire(id); w.flow.Proto != transport.UDP || w.flow.Remote != remote {
		return true
	}
	s.counters.Unreachable.Inc()
	s.gaveUp(l, id, s.tm.Step(id, tm.TransportError, l.Now()), 503)
	return true
}

// quoted returns the method and the topmost Via's branch of the beginning of a request
// that was sent from here; nils if it is none, or too little of one.
func quoted(b []byte) (method, branch []byte) {
	method, rest, ok := bytes.Cut(b, []byte(" "))
	if !ok || string(method) == "SIP/2.0" {
		return nil, nil
	}
	const via = "\nVia: " // as AppendVia writes it, and a sender's below it may not be
	_, rest, ok = bytes.Cut(rest, []byte(via))
	if !ok {
		return nil, nil
	}
	line, _, ok := bytes.Cut(rest, []byte("\r\n"))
	if !ok {
		return nil, nil
	}
	_, branch, ok = bytes.Cut(line, []byte(";branch="))
	if !ok {
		return nil, nil
	}
	branch, _, _ = bytes.Cut(branch, []byte(";"))
	return method, branch
}
