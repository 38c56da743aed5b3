package loop

import "sync/atomic"

// A shipment is a chain of slots that will go to one loop in one post.
type shipment struct {
	head, tail *Slot
	n          int
}

const shipmentSize = 32

func (c *shipment) add(s *Slot) {
	s.next = nil
	if c.head == nil {
		c.head = s
	} else {
		c.tail.next = s
	}
	c.tail = s
	c.n++
}

// A lending counts the datagrams between two loops: sent is the giver's, who
// bounds it, done the taker's.
type lending struct {
	sent uint64        // handed over to that loop
	done atomic.Uint64 // of those that loop handed over to this one: finished with
	_    [48]byte
}

// HandOver gives s, lent or retained, to loop to, whose Recv gets it next. It ends
// the caller's claim on s either way: false means that the other loop has too many
// waiting already and the datagram is dropped.
func (l *Loop) HandOver(s *Slot, to int) bool {
	if s.state != loaned && s.state != held {
		panic("BUG: slot handed over that is neither lent nor held")
	}
	sent := &l.lent[to].sent
	if !l.MayHandOver(to) {
		bump(&l.stats.HandOverDrops, 1)
		if s.state == held {
			l.recycle(s)
		}
		return false
	}
	*sent++
	l.letGo(s)
	s.state, s.way, s.giver = moving, handedOver, int32(l.index)
	b := &l.away[to]
	b.add(s)
	l.shipping++
	if b.n == shipmentSize {
		l.sendAway(to)
	}
	return true
}

// MayHandOver reports whether loop to takes one more slot.
func (l *Loop) MayHandOver(to int) bool {
	return l.lent[to].sent-l.group.loops[to].lent[l.index].done.Load() < uint64(l.group.cfg.HandOver)
}

// ship posts what has been gathered, however little.
func (l *Loop) ship() {
	for to := 0; l.shipping > 0 && to < len(l.away); to++ {
		if l.away[to].n > 0 {
			l.sendAway(to)
		}
		if l.homeward[to].n > 0 {
			l.sendHome(to)
		}
	}
}

func (l *Loop) sendAway(to int) {
	b := &l.away[to]
	l.shipping -= b.n
	bump(&l.stats.HandedOver, uint64(b.n))
	head := b.head
	*b = shipment{}
	l.group.loops[to].inbox.post(head.carry())
}

// sendHome does not wake the other loop: it needs slots only when it is awake.
func (l *Loop) sendHome(to int) {
	b := &l.homeward[to]
	l.shipping -= b.n
	head := b.head
	*b = shipment{}
	l.group.loops[to].inbox.push(head.carry())
}

// carry returns the task that takes s, and those chained to it, to another loop.
func (s *Slot) carry() *Task {
	if s.task.Run == nil {
		s.task.Run = s.arrive
	}
	return &s.task
}

// arrive runs on the loop that a chain was sent to.
func (s *Slot) arrive(l *Loop) {
	giver, way, n := s.giver, s.way, uint64(0)
	for next := s.next; s != nil; s = next {
		next, s.next = s.next, nil
		if way == homebound {
			l.slots.put(s)
		} else {
			l.receiveShipped(s)
		}
		n++
	}
	if way == handedOver {
		l.lent[giver].done.Add(n)
	}
	l.budget -= int(n)
}

// receiveShipped lends s, which another loop has handed over, to its listener.
func (l *Loop) receiveShipped(s *Slot) {
	if l.lend(s) {
		l.recycle(s)
	}
}
