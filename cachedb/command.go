package cachedb

import (
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// A Verb is what a Command does.
type Verb uint8

// The verbs. Sub is Add of the negated number.
const (
	Fetch   Verb = iota // the value of Key
	Counter             // the number that Key's value is
	SetKey              // set Key to Value for TTL
	Remove              // forget Key; one that is not there is no failure
	Add                 // add By to Key's number; a missing key is 0, and lives for TTL. The answer is the new number
	Raw                 // Key is a query in the engine's own language
)

func (v Verb) String() string {
	return [...]string{"fetch", "counter_fetch", "store", "remove", "add", "raw_query"}[v]
}

// A Command is one thing to do. Its bytes are the caller's: whoever keeps them copies.
type Command struct {
	Verb  Verb
	Key   []byte
	Value []byte
	By    int64
	TTL   time.Duration // whole seconds; 0 is for ever
}

// A Status says what came of a Command.
type Status uint8

// The statuses.
const (
	OK        Status = iota
	NotFound         // Fetch, Counter: there is no such key, or its time is over; Raw: an empty answer
	Failed           // the backend refused, broke off or is down
	NotNumber        // Counter, Add: the value is no number, or the sum is too large
	Full             // SetKey, Add: the engine's memory is used up; nothing was changed
)

// An Answer is what came of a Command. Its bytes are valid until the Op is freed, those
// of an answer without Op until the callback returns.
type Answer struct {
	Status Status
	Value  []byte // of Fetch
	Number int64  // of Counter and Add
	Table  Table  // of Raw; may be nil
}

// A Table is the answer of a raw query.
type Table interface {
	Rows() int
	Cols() int
	// Cell gives a value; one that is a number is written in decimal.
	Cell(row, col int) Cell
}

// A Shaped Table is made to fit: it is told how many columns are wanted, before anything
// else.
type Shaped interface{ Shape(cols int) }

// A Cell is a value of a Table.
type Cell struct {
	Text   []byte
	Null   bool
	Number bool
}

// A DB does what a Store is told. It is called on all loops, and whatever it shares
// between them it shares without locks.
type DB interface {
	// Do answers at once (Op is nil), or returns an operation that nobody has begun yet,
	// of this loop.
	Do(l *loop.Loop, c Command) (Answer, Op)
}

// An Op is a Command that has to be waited for. The Command was copied.
type Op interface {
	asyncops.Op
	// Answer is what came of it, if it has completed; if it has failed, its Status may be
	// NotNumber or Full, and anything else stands for Failed.
	Answer() Answer
	// Free ends its life; whoever was told of its end calls it, once, also of a cancelled
	// one. One that was abandoned is left to the garbage collector.
	Free(l *loop.Loop)
}

// A Limited Op has a time limit of its own.
type Limited interface{ Limit() time.Duration }
