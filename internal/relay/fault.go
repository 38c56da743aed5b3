package relay

import "time"

// A Kind is what is wrong.
type Kind uint8

// The kinds. They concern what the server answers; requests reach it, unless it says
// otherwise.
const (
	None Kind = iota
	// Refuse: nobody listens, and the connections there are have ended, as when the
	// server's process dies.
	Refuse
	// BlackHole: connections are accepted, requests read, nothing comes back.
	BlackHole
	// Drip: answers come Piece bytes at a time, one piece each Every.
	Drip
	// Cut: a connection ends after After bytes of answers, counted from here on.
	Cut
	// Garble: instead of each piece of an answer, Garbage comes.
	Garble
	// Stall: answers are kept until the fault ends, and then go on.
	Stall
)

// A Fault is what happens to answers.
type Fault struct {
	Kind    Kind
	Piece   int           // of Drip; zero means 1
	Every   time.Duration // of Drip; zero means 1 ms
	After   int           // of Cut
	Garbage []byte        // of Garble; nil: 64 bytes that mean nothing in any protocol
}

func (f Fault) withDefaults() Fault {
	if f.Piece <= 0 {
		f.Piece = 1
	}
	if f.Every <= 0 {
		f.Every = time.Millisecond
	}
	if f.Garbage == nil {
		f.Garbage = make([]byte, 64)
		x := uint32(0x2545f491)
		for i := range f.Garbage {
			x ^= x << 13
			x ^= x >> 17
			x ^= x << 5
			f.Garbage[i] = byte(x) | 0x80
		}
	}
	return f
}

func (r *Relay) setFault(f Fault) error {
	old := r.fault
	r.fault = f.withDefaults()
	var err error
	switch {
	case f.Kind == Refuse && r.listener >= 0:
		r.stopListening()
		r.closeAll()
	case f.Kind != Refuse && r.listener < 0:
		err = r.listen()
	}
	for _, p := range r.all() {
		p.begin(r, old.Kind)
	}
	return err
}

// begin prepares a connection for another fault than before.
func (p *pair) begin(r *Relay, old Kind) {
	p.answered = 0
	if p.spoiled {
		r.close(p)
		return
	}
	if old == Stall && r.fault.Kind != Stall {
		p.stalled.leave(r, p)
	}
	if old == Drip && r.fault.Kind != Drip {
		r.stopDripping(p)
	}
}

// stalled is what a connection has kept during a stall.
type stalled struct {
	n   int
	end bool
}

func (s *stalled) leave(r *Relay, p *pair) {
	if s.n > 0 {
		r.line.push(held{p, s.n, now()})
	}
	if s.end {
		r.line.push(held{p, -1, now()})
	}
	*s = stalled{}
}

// drip lets one more piece of each dripping connection go.
func (r *Relay) drip(t int64) {
	if len(r.dripping) == 0 || t < r.dripAt {
		return
	}
	r.dripAt = t + int64(r.fault.Every)
	rest := r.dripping[:0]
	for _, p := range r.dripping {
		p.down.ready += min(r.fault.Piece, p.drops)
		p.drops -= min(r.fault.Piece, p.drops)
		r.touch(p)
		if p.drops > 0 {
			rest = append(rest, p)
		}
	}
	clear(r.dripping[len(rest):])
	r.dripping = rest
}

// stopDripping lets the rest of p go at once.
func (r *Relay) stopDripping(p *pair) {
	for i, q := range r.dripping {
		if q == p {
			r.dripping = append(r.dripping[:i], r.dripping[i+1:]...)
			break
		}
	}
	p.down.ready += p.drops
	p.drops = 0
	r.touch(p)
}
