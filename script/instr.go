package script

import (
	"time"

	"github.com/fastsips/fastsips/script/syntax"
)

// An opcode says what an instruction does. Jumps are t, f and e; where a
// statement has one way on, t and f are the same.
type opcode uint8

const (
	opEnd       opcode = iota // end of a route: its value is that of its last statement
	opCall                    // call a function; value > 0: t, < 0: f, 0: end the script
	opRoute                   // call a route; as opCall
	opTest                    // evaluate a condition; true: t, false: f, error: e
	opJump                    // t
	opSet                     // $rc = n, statement value = m, then t; text is logged first
	opSync                    // $rc = statement value
	opAssign                  // an assignment; value 1 or -1
	opReturn                  // end the route
	opExit                    // end the script
	opDrop                    // end the script, dropped
	opSwitch                  // jump to the matching case; none: t
	opLoop                    // counter n = 0
	opWhile                   // count a turn of a while in counter n; too many: f
	opForEach                 // next element of a for in counter n; none: f
	opAsync                   // call a function inside async; t, or f when an argument is not there
	opGroup                   // begin an async_all
	opMember                  // call a function inside async_all
	opJoin                    // wait for all of them
	opResume                  // replace all frames by route n
	opLaunch                  // start a function on a run of its own
	opAssert                  // a failed assert
	opWarn                    // log text, then t
	opForbidden               // a for over something that is no list
)

var opNames = [...]string{
	"end", "call", "route", "test", "jump", "set", "sync", "assign", "return", "exit", "drop",
	"switch", "loop", "while", "foreach", "async", "group", "member", "join", "resume", "launch", "assert", "warn", "forbidden",
}

// A call runs a function with its arguments.
type call func(c *Ctx) Ret

// Values of a call that are no values of the function.
const (
	badArg     Ret = Waiting + 1 + iota // a variable is NULL or of the wrong kind: the function did not run
	asyncEnded                          // Host.BeginAsync ended the run
	asyncLost                           // Host.BeginAsync could not make a transaction
	unanswered                          // an argument waits: the function did not run, see asks
)

// An instr is one instruction. Which fields it uses is told by its opcode.
type instr struct {
	op      opcode
	first   bool // of an async statement
	asks    bool // a variable or transformation of it may wait
	waits   bool // of opCall: the function may wait
	in      Routes
	t, f, e int32
	n, m    int32
	x       *detail
	test    cond
	call    call
}

// A detail is what only some instructions have.
type detail struct {
	name    string // function or route, for logs and listings
	at      syntax.Pos
	assign  func(c *Ctx) bool
	route   *routeCall
	values  []expr // of return
	sw      *switchTable
	iter    *varExpr
	coll    *varExpr
	timeout time.Duration
	param   expr   // of launch
	text    []byte // to be logged
}

// A routeCall is route(name, args...).
type routeCall struct {
	id   int32 // -1: computed from name
	name expr
	args []expr
}

// A switchTable is the cases of a switch.
type switchTable struct {
	x     *varExpr
	cases []switchCase
}

type switchCase struct {
	num   int32
	str   []byte
	isStr bool
	to    int32
}
