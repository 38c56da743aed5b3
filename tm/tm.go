// Package tm implements the transaction layer of RFC 3261 §17 with the Accepted
// states of RFC 6026.
//
// The four machines are pure step functions, one file each: a step takes an
// event and says what should happen; it does no I/O and reads no clock. A Table
// holds the transactions of one event loop, carries out their timers on the
// loop's wheel and finds them again: server transactions by a Key made of the
// request (§17.2.3), client transactions by the branch of their own Via
// (§17.1.3).
//
// The transaction user keeps everything else (messages, flows, branches, script
// runs), in slabs of its own beside the Table's, by ID.Index. It performs what
// Effects ask for: send the request, the last response or an ACK again, look at
// what happened, forget the transaction.
//
// Not here: making messages, choosing destinations, collecting the responses of
// a fork, sending 100 within 200 ms, sending CANCEL. A server transaction whose
// user never answers lives until its user ends it.
//
// A Table is confined to its loop: nothing in this package may be used by two
// goroutines at once, except a Seed, which does not change.
package tm

// An ID names a transaction of one Table: {generation:32, index:32}. Zero names
// none. The ID of a transaction that has ended is harmless: every method takes
// it and does nothing.
type ID uint64

// Index is the transaction's slot in the Table: small, dense, and reused as
// soon as the transaction has ended.
func (id ID) Index() uint32 { return uint32(id) }

func (id ID) generation() uint32 { return uint32(id >> 32) }

func makeID(generation, index uint32) ID { return ID(generation)<<32 | ID(index) }

// A Role is one of the four machines of RFC 3261 §17.
type Role uint8

// The roles.
const (
	InviteServer    Role = iota // §17.2.1, RFC 6026 §7.1
	NonInviteServer             // §17.2.2
	InviteClient                // §17.1.1, RFC 6026 §7.2
	NonInviteClient             // §17.1.2
)

// IsServer reports whether transactions of this role receive the request.
func (r Role) IsServer() bool { return r <= NonInviteServer }

func (r Role) String() string {
	return [...]string{"INVITE server", "non-INVITE server", "INVITE client", "non-INVITE client"}[r]
}

// A State is a box of the figures 5 to 8 of RFC 3261, with Accepted of RFC 6026.
type State uint8

// The states. Terminated is final; a slot that holds no transaction is in it.
const (
	Terminated State = iota
	Trying           // non-INVITE: nothing answered yet
	Calling          // INVITE client: nothing answered yet
	Proceeding       // a provisional response, or (INVITE server) the request, was seen
	Completed        // a final response, not a 2xx to INVITE, was seen
	Confirmed        // INVITE server: the ACK to it was seen
	Accepted         // INVITE: a 2xx was seen, RFC 6026
)

func (s State) String() string {
	return [...]string{"Terminated", "Trying", "Calling", "Proceeding", "Completed", "Confirmed", "Accepted"}[s]
}
