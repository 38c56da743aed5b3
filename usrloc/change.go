package usrloc

// A Change is what somebody wants of one AoR. It holds all its texts itself, so it may go
// to another loop and outlive the message that it is of. Make one with [Store.NewChange];
// what is set afterwards and not copied by its methods is to be copied by [Change.Keep].
type Change struct {
	Domain *Domain
	AoR    []byte

	// CallID and CSeq are those of the REGISTER, for the rule of RFC 3261 §10.3: a binding
	// that has the same Call-ID and a higher CSeq is not changed, nor anything else. A nil
	// CallID: it is no REGISTER, and the rule does not hold.
	CallID []byte
	CSeq   int32
	// DupCSeq has the same CSeq count as a higher one, once it is no retransmission any more:
	// some clients never change it (allow_dup_cseq).
	DupCSeq bool

	// Matching says which contact of the record one of the change is. Params are for
	// MatchParams.
	Matching Matching
	Params   [][]byte

	MaxContacts int  // there may be as many afterwards; 0: MaxRecordContacts
	Force       bool // if there would be more, the longest unmodified ones go instead
	MemoryOnly  bool // nothing of it is written to a database

	// Clear removes all contacts (Contact: *; RFC 3261 §10.2.2).
	Clear bool
	// Remove removes the contacts that it matches; the zero Filter removes nothing.
	Remove Filter

	// Key sets or, with a nil Value, removes a key of the AoR's own key-value store, if
	// there is a record. Value is a JSON value.
	Key, Value []byte

	// Ping notes the latency of a contact that has answered, in microseconds.
	PingID      uint64
	PingLatency uint32

	items []item
	arena []byte
	rules rules

	scratch
}

// A scratch is memory that Apply uses again.
type scratch struct {
	list  []binding
	order []int32
	bytes []byte
}

// An item is one contact of a change.
type item struct {
	Contact
	remove bool
}

// rules are what the module's parameters say, the same for all changes.
type rules struct {
	cseqDelay   int64 // seconds
	newestFirst bool  // desc_time_order
	matching    Matching
}

// A Matching says which contacts are the same.
type Matching uint8

// The ways of matching. A contact that has an Instance and a RegID is in each of them the
// one that has the same two, whatever its URI is (RFC 5626 §6).
const (
	MatchDefault     Matching = iota // as matching_mode says
	MatchContact                     // equal URIs (RFC 3261 §19.1.4)
	MatchContactCall                 // and the same Call-ID
	MatchParams                      // the URI parameters named by Change.Params are the same, if both have them
	MatchInstance                    // the same Instance; of contacts without one, equal URIs
)

// A Filter says which contacts are to be removed: those that match all of its fields that
// are set.
type Filter struct {
	ID          uint64
	URI         []byte // an equal one
	Host        []byte // of the next hop: of the first of Path, else of Received, else of URI; an IP address or a name
	Port        uint16 // of the same; 0: any
	Instance    []byte
	BranchFlags uint32 // all of these bits are set
}

// Keep returns a copy of b that lives as long as ch.
func (ch *Change) Keep(b []byte) []byte {
	if b == nil {
		return nil
	}
	at := len(ch.arena)
	ch.arena = append(ch.arena, b...)
	return ch.arena[at:len(ch.arena):len(ch.arena)]
}

// Upsert adds or refreshes c, which is copied. Its ID and LastModified are not looked at; a
// nil CallID and its CSeq become the change's.
func (ch *Change) Upsert(c *Contact) { ch.add(c, false) }

// Delete removes the contact that c matches: a contact of a REGISTER with expires=0. All
// but its URI, Instance and RegID may be missing.
func (ch *Change) Delete(c *Contact) { ch.add(c, true) }

func (ch *Change) add(c *Contact, remove bool) {
	ch.items = append(ch.items, item{*c, remove})
	it := &ch.items[len(ch.items)-1]
	for _, t := range it.texts() {
		*t = ch.Keep(*t)
	}
	if it.CallID == nil {
		it.CallID, it.CSeq = ch.CallID, ch.CSeq
	}
}

// reset makes ch fit for reuse.
func (ch *Change) reset() {
	clear(ch.items)
	*ch = Change{scratch: ch.scratch, items: ch.items[:0], arena: ch.arena[:0]}
}

// A Verdict says what came of a Change.
type Verdict uint8

// The verdicts. Nothing was changed but with Done.
const (
	Done          Verdict = iota
	Unchanged             // there was nothing to do: no contact is as Remove says, no record for Key, no contact to delete
	TooMany               // more contacts than MaxContacts, or than a change or a record can have
	OldCSeq               // a contact has the same Call-ID and a higher CSeq, or the same CSeq for longer than cseq_delay
	SameCSeq              // all contacts have this Call-ID and CSeq already: the request is a retransmission
	BadURI                // a contact's URI is none, or the AoR is empty or longer than MaxAoR
	BackendFailed         // the database did not take it, or is away
)

func (v Verdict) String() string {
	return [...]string{"done", "unchanged", "too many contacts", "old CSeq", "same CSeq", "bad URI", "the database failed"}[v]
}

// A Result is what came of a Change.
type Result struct {
	Verdict Verdict
	// Record is what the AoR has afterwards, or still has.
	Record Record
}
