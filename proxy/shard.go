package proxy

import (
	"hash/maphash"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/timer"
	"github.com/fastsips/fastsips/tm"
)

// A shard is one loop's part of the proxy. Only that loop touches it.
type shard struct {
	p        *Proxy
	counters *Counters
	tm       *tm.Table
	seed     tm.Seed      // of branches: IDs are per table, so each loop has its own
	hash     maphash.Seed // of To tags, for the same reason
	ops      *asyncops.Table
	parked   map[parkKey]*Context // with async_cancel, the runs that a CANCEL ends the waiting of
	wires    wires                // parallel to the transaction table
	keep     keep

	// tryings are the times at which requests other than INVITE get a 100: once the
	// client's timer E, which doubles from T1, has come to T2 (RFC 4320 §4.1).
	tryings *timer.Line

	live     []*Transaction // named by wires
	liveFree []uint32

	overload overload
	lists    uint32 // blacklists that requests avoid unless told otherwise
	merged   mergeTable

	timers      []*timerRoute // by slot; nil: a free one
	timersEnded bool
	raised      []*job // events whose routes run after this callback
	raisedSpare []*job
	eventJobs   int  // those, and those that run
	raising     bool // raiseTask is under way
	raiseTask   loop.Task
	lostAt      int64 // when the log was last told of a lost event

	runs         script.Pool
	jobs         pool[job]
	messages     pool[Message]
	requests     pool[Request]
	transactions pool[Transaction]
	branches     pool[branch]
	contexts     pool[Context]
	relays       pool[relayJob]
	resolves     pool[branchResolve]
	launches     pool[launch]
	avps         pool[script.AVPs]
	sets         pool[branchSet]

	// Scratch space of one callback; nothing in it outlives the use.
	scratch    sipparse.Msg
	noEdits    sipparse.Edits
	reply      sipparse.ReplyOptions
	ipText     []byte
	tagText    []byte
	branchText []byte
	lines      []byte
	spare      Target
	edited     []byte

	lastID, idStep uint32 // of messages: each loop takes every so many

	uris  knownURIs
	calls calls  // INVITEs by Call-ID, once a script has asked
	local uint64 // requests made here so far
}

func (s *shard) prepare(l *loop.Loop) {
	s.tm = tm.NewTable(l.Timers(), s.p.kinds.transaction, s.p.set.Timing)
	s.seed = tm.NewSeed().Matching(s.p.set.RURIMatching, s.p.set.Via1Matching)
	s.overload.target = int64(s.p.set.Overload)
	s.hash = maphash.MakeSeed()
	s.ops = s.p.ops.On(l)
	if s.p.set.AsyncCancel {
		s.parked = map[parkKey]*Context{}
	}
	s.raiseTask.Run = s.runRaised
	s.lists = s.p.set.Blacklists.byDefault
	s.tryings = l.Timers().Line(int64(s.tm.Timing().TryingAfter()), s.p.kinds.trying)
	s.lastID, s.idStep = uint32(l.Index()), uint32(s.p.group.Len())
}

func (s *shard) putAVPs(a *script.AVPs) {
	a.Reset()
	s.avps.put(a)
}
