package proxy

import "time"

// An overload finds out whether a loop cannot keep up, and what it must not begin then.
//
// It goes by how long the first request of each pass has waited for the loop, and of each
// quarter of a second by the shortest of these waits, which is what the queue never fell
// below (the standing queue of RFC 8289 §3.2). A loop that was held up, by the machine for instance, has a long
// queue too, but one that shrinks. Where it stands over target and does not shrink,
// more comes than the loop can do. From then on a request that would begin something is
// refused if it has waited for longer than limit. What is refused costs little, so
// the queue stays about as long as limit, and the loop busy with what it lets in.
type overload struct {
	target   int64 // ns that requests may have to wait; 0 switches it off
	refusing bool
	limit    int64 // while refusing

	window window
	over   int   // windows in a row that were over target
	first  int64 // shortest wait of the first of them
	lost   int   // windows in a row in which the kernel dropped something
	calm   int   // windows in a row, while refusing, in which that was not called for
	drops  uint64
	share  float64 // of the new requests, what was refused in the last window
	stood  int64   // shortest wait of the last window
}

// A window is what was seen since its begin.
type window struct {
	begin, last      int64 // of it; when a request was seen
	least            int64 // shortest wait of a pass's first request
	begun            int   // requests that would begin something,
	refused          int   // and those of them that were refused
	latestWasTooLate bool
}

const (
	overloadWindow = int64(250 * time.Millisecond)
	// overloadSilence without a request begins the watch anew: a loop that is late is not
	// without work for so long.
	overloadSilence = int64(time.Second)
	// overAtLeast is how many windows in a row over target make an overload.
	overAtLeast = 4
	// overAtMost is when a queue that shrinks is looked at anew.
	overAtMost = 8
	// shrinks is the part of a queue that has to go in a window, at least, for it to shrink.
	shrinks = 1.0 / 64
	// leastLimit is a queue that is of no account, even if the kernel has room for no more.
	leastLimit = int64(time.Millisecond)
	// The overload is over when for calmWindows in a row at most calmShare of the new
	// requests was refused, or the queue was shorter than limit by calmPart at some time,
	// as it is if what is late is late for another reason.
	calmWindows, calmShare, calmPart = 8, 0.05, 8
)

// A turn is what has become of an overload.
type turn uint8

const (
	noTurn turn = iota
	overloadBegins
	overloadEnds
)

// saw takes the wait of a request; now is the same for all of a pass. Dropped counts the
// datagrams that the kernel had no room for; it is asked now and then.
func (o *overload) saw(now, wait int64, dropped func() uint64) (t turn) {
	w := &o.window
	switch {
	case o.target == 0:
		return noTurn
	case now-w.last >= overloadSilence:
		t = o.startAnew()
		w.begin, w.least = now, wait
	case now-w.begin >= overloadWindow:
		t = o.closeWindow(dropped())
		*w = window{begin: now, least: wait}
	}
	if now != w.last {
		w.last, w.least = now, min(w.least, wait)
	}
	w.latestWasTooLate = wait > o.limit
	return t
}

// admits reports whether the request whose wait was seen last may begin something.
func (o *overload) admits() bool {
	o.window.begun++
	if !o.refusing || !o.window.latestWasTooLate {
		return true
	}
	o.window.refused++
	return false
}

// silent ends an overload when no request has been seen for a while. Who has no UDP any
// more, but connections, is to be served.
func (o *overload) silent(now int64) turn {
	if now-o.window.last < overloadSilence {
		return noTurn
	}
	return o.startAnew()
}

func (o *overload) startAnew() turn {
	was := o.refusing
	*o = overload{target: o.target, drops: o.drops}
	if was {
		return overloadEnds
	}
	return noTurn
}

// closeWindow judges what was seen.
func (o *overload) closeWindow(drops uint64) turn {
	w := &o.window
	if o.lost++; drops == o.drops || w.least < leastLimit {
		o.lost = 0 // a burst that found no room is no queue that stands
	}
	o.drops, o.stood = drops, w.least
	o.share = float64(w.refused) / float64(max(w.begun, 1))
	if o.refusing {
		return o.hold()
	}
	if o.stands(w.least) || o.lost > 1 {
		o.refusing, o.calm = true, 0
		o.limit = max(min(o.target, w.least)/4, leastLimit)
		return overloadBegins
	}
	return noTurn
}

// stands reports whether the queue has been over target for long enough, and does not shrink.
func (o *overload) stands(least int64) bool {
	if least <= o.target {
		o.over = 0
		return false
	}
	if o.over++; o.over == 1 || o.over > overAtMost {
		o.over, o.first = 1, least
	}
	return o.over >= overAtLeast && float64(least) > float64(o.first)*(1-float64(o.over-1)*shrinks)
}

// hold adapts the limit, to the room that the kernel has and to what cannot come in time
// whatever is refused, and ends the overload when it is over.
func (o *overload) hold() turn {
	switch {
	case o.lost > 0:
		o.limit /= 2
	case o.share == 1 && o.window.least > o.limit: // late for another reason, perhaps
		o.limit = min(2*o.limit, o.target)
	}
	o.limit = max(o.limit, leastLimit)
	if o.calm++; o.share > calmShare && o.window.least > o.limit/calmPart {
		o.calm = 0
	}
	if o.calm < calmWindows {
		return noTurn
	}
	return o.startAnew()
}
