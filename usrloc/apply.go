package usrloc

import (
	"bytes"
	"slices"
)

// IDStep is by how much the IDs differ that NextIDs gives at once.
const IDStep = 1 << 8

// MaxItems is how many contacts one change may name.
const MaxItems = 64

// MaxAoR is the longest address-of-record, in bytes.
const MaxAoR = 1024

// A binding is a contact while a change is applied.
type binding struct {
	Contact
	uri     parsedURI
	touched bool // by this change
	gone    bool
	moved   bool // its place has to be looked for
}

// An applying is a change that is applied: the contacts as they become.
type applying struct {
	ch   *Change
	now  int64
	id   uint64
	list []binding

	live    int // contacts that old has
	changes int
	same    int // contacts of the change that are those of a retransmission
	verdict Verdict
}

// Apply says what becomes of old by ch at the time now, in Unix seconds. New contacts get
// IDs from id on, in steps of IDStep, of which NextIDs has given enough: Change.Len. With
// anything but Done, next is old. It looks at nothing but its arguments, and changes none,
// but for memory of ch that it uses as scratch.
//
// Contacts whose time is over count as gone, and leave the record with the first change.
func Apply(old Record, ch *Change, now int64, id uint64) (next Record, v Verdict) {
	switch {
	case len(ch.AoR) > MaxAoR || len(ch.AoR) == 0:
		return old, BadURI
	case len(ch.items) > MaxItems:
		return old, TooMany
	}
	a := applying{ch: ch, now: now, id: id, list: ch.list[:0]}
	a.load(old)
	kv := old.KV()
	if a.remove(); a.verdict == Done {
		a.apply()
	}
	if ch.Key != nil && a.verdict == Done && old.Len() > 0 {
		if more, changed := setKey(kv, ch.Key, ch.Value); changed {
			kv = more
			a.changes++
		}
	}
	if a.verdict == Done {
		a.limit()
	}
	next = a.finish(old, kv)
	clear(a.list)
	ch.list = a.list[:0]
	return next, a.verdict
}

// Len is how many contacts ch may add.
func (ch *Change) Len() int { return len(ch.items) }

// load reads the contacts that are live.
func (a *applying) load(old Record) {
	var c Contact
	for at, ok := old.Next(0, &c); ok; at, ok = old.Next(at, &c) {
		if c.Live(a.now) {
			a.list = append(a.list, binding{Contact: c, uri: parsedURI{text: c.URI}})
		}
	}
	a.live = len(a.list)
}

// remove carries out Clear, Remove and Ping.
func (a *applying) remove() {
	ch, uri := a.ch, parsedURI{text: a.ch.Remove.URI}
	for i := range a.list {
		b := &a.list[i]
		switch {
		case ch.Clear:
			if a.tooOld(b) {
				return
			}
			a.drop(b)
		case ch.Remove.matches(b, &uri):
			a.drop(b)
		case ch.PingID != 0 && b.ID == ch.PingID && b.Latency != ch.PingLatency:
			b.Latency = ch.PingLatency
			a.changes++
		}
	}
}

// tooOld refuses "Contact: *" whose CSeq is not higher than that of a binding with the same
// Call-ID. RFC 3261 §10.3 step 6: "If it agrees, the registrar MUST remove the binding only
// if the CSeq in the request is higher than the value stored for that binding. Otherwise,
// the update MUST be aborted and the request fails."
func (a *applying) tooOld(b *binding) bool {
	if a.ch.CallID == nil || string(a.ch.CallID) != string(b.CallID) || a.ch.CSeq > b.CSeq {
		return false
	}
	a.verdict = OldCSeq
	return true
}

func (a *applying) drop(b *binding) {
	b.gone = true
	a.changes++
}

// apply carries out the items.
func (a *applying) apply() {
	for i := range a.ch.items {
		if a.item(&a.ch.items[i]); a.verdict != Done {
			return
		}
	}
}

func (a *applying) item(it *item) {
	x := subject{Contact: &it.Contact, uri: parsedURI{text: it.URI}}
	if !it.remove && !x.uri.parse() {
		a.verdict = BadURI
		return
	}
	b := a.match(&x)
	switch {
	case b == nil && !it.remove:
		a.insert(&x)
	case b == nil || b.touched || !a.inOrder(b):
	case it.remove:
		a.drop(b)
	default:
		a.update(b, &x)
	}
}

// inOrder reports whether the request may change b; else it is a retransmission, or refused.
// RFC 3261 §10.3 step 7: "If they match and the CSeq value in the request is ... higher than
// that of the binding, it updates or removes it, as above. Otherwise, the update MUST be
// aborted and the request fails."
func (a *applying) inOrder(b *binding) bool {
	if a.ch.CallID == nil || string(a.ch.CallID) != string(b.CallID) || a.ch.CSeq > b.CSeq {
		return true
	}
	switch {
	case a.ch.CSeq < b.CSeq:
		a.verdict = OldCSeq
	case b.LastModified+a.ch.rules.cseqDelay > a.now:
		a.same++
	case a.ch.DupCSeq:
		return true
	default:
		a.verdict = OldCSeq
	}
	return false
}

func (a *applying) insert(x *subject) {
	b := binding{Contact: *x.Contact, uri: x.uri, touched: true, moved: true}
	b.ID, b.LastModified = a.id, a.now
	a.id += IDStep
	a.list = append(a.list, b)
	a.changes++
}

// update gives b what the request says. What only others tell of a contact stays.
func (a *applying) update(b *binding, x *subject) {
	was := b.Contact
	*b = binding{Contact: *x.Contact, uri: x.uri, touched: true}
	b.ID, b.LastModified = was.ID, a.now
	if b.KV == nil {
		b.KV = was.KV
	}
	if b.Latency == 0 {
		b.Latency = was.Latency
	}
	b.moved = a.ch.rules.newestFirst || b.Q != was.Q
	a.changes++
}

// limit sees to it that there are not too many contacts. A change that adds none is not
// refused, even if MaxContacts is less than there are.
func (a *applying) limit() {
	n, most := 0, a.ch.MaxContacts
	if most <= 0 || most > MaxRecordContacts {
		most = MaxRecordContacts
	}
	for i := range a.list {
		if !a.list[i].gone {
			n++
		}
	}
	if n <= most || n <= a.live {
		return
	}
	for ; n > most; n-- {
		b := a.oldest()
		if !a.ch.Force || b == nil {
			a.verdict = TooMany
			return
		}
		a.drop(b)
	}
}

// oldest is the contact that was not modified for the longest time, nor by this change.
func (a *applying) oldest() (found *binding) {
	for i := range a.list {
		b := &a.list[i]
		if !b.gone && !b.touched && (found == nil || b.LastModified < found.LastModified) {
			found = b
		}
	}
	return found
}

// finish makes the next record; old, if the verdict is against it.
func (a *applying) finish(old Record, kv []byte) Record {
	switch {
	case a.verdict != Done:
		return old
	case a.changes == 0 && a.same > 0:
		a.verdict = SameCSeq
		return old
	case a.changes == 0:
		a.verdict = Unchanged
		return old
	}
	order := a.order()
	if len(order) == 0 {
		return nil
	}
	b := newRecord(a.ch.bytes[:0], a.ch.AoR, kv)
	for _, i := range order {
		b = appendContact(b, &a.list[i].Contact)
	}
	a.ch.bytes = b[:0]
	if len(b) > MaxRecordBytes {
		a.verdict = TooMany
		return old
	}
	return finish(bytes.Clone(b), len(order), 0)
}

// order says in which order the contacts that stay are to be: those that have their place
// keep it; the others come before the first with a lower q, or to the front.
func (a *applying) order() []int32 {
	order := a.ch.order[:0]
	for i := range a.list {
		if b := &a.list[i]; !b.gone && !b.moved {
			order = append(order, int32(i))
		}
	}
	for i := range a.list {
		if b := &a.list[i]; !b.gone && b.moved {
			order = slices.Insert(order, a.place(order, b), int32(i))
		}
	}
	a.ch.order = order
	return order
}

func (a *applying) place(order []int32, b *binding) int {
	if a.ch.rules.newestFirst {
		return 0
	}
	for k, i := range order {
		if a.list[i].Q < b.Q {
			return k
		}
	}
	return len(order)
}
