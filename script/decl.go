package script

import (
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/script/syntax"
)

// Ret is the value of a script function: negative is false, positive true, zero
// ends the script.
type Ret int32

// Waiting is what a function returns after [Ctx.Await]: its value comes later.
const Waiting Ret = -1 << 31

// Routes is a set of route kinds a function may be called from.
type Routes uint16

// In returns the set of just k.
func In(k syntax.RouteKind) Routes { return 1 << k }

// Sets of route kinds, by OpenSIPS's letters.
const (
	R   Routes = 1 << syntax.RequestRoute
	F   Routes = 1 << syntax.FailureRoute
	O   Routes = 1 << syntax.OnReplyRoute
	B   Routes = 1 << syntax.BranchRoute
	E   Routes = 1 << syntax.ErrorRoute
	L   Routes = 1 << syntax.LocalRoute
	S   Routes = 1 << syntax.StartupRoute
	T   Routes = 1 << syntax.TimerRoute
	V   Routes = 1 << syntax.EventRoute
	All        = R | F | O | B | E | L | S | T | V
)

// Kind is the type of a Value.
type Kind uint8

// The kinds. An Int also has a string form; a Str has no integer form, even "5".
const (
	NullKind Kind = iota
	IntKind
	StrKind
)

// A Value is what variables hold and functions take. Str is valid as long as the
// run that made it is (or as long as the message it points into). An Int with a Str is
// printed by that.
type Value struct {
	Kind Kind
	Int  int32
	Str  []byte
}

// Null, IntValue and StrValue make Values.
var Null = Value{}

// IntValue returns an integer Value.
func IntValue(n int32) Value { return Value{Kind: IntKind, Int: n} }

// NamedInt returns an integer Value that is printed as text: 1 and "true".
func NamedInt(n int32, text []byte) Value { return Value{Kind: IntKind, Int: n, Str: text} }

// StrValue returns a string Value that borrows b.
func StrValue(b []byte) Value { return Value{Kind: StrKind, Str: b} }

// A Finish turns an ended operation into a function's value, and writes its
// output variables. It runs in the run that goes on: the caller's, or the report
// route's for launch. It must be a plain function, so that parking allocates nothing.
type Finish func(c *Ctx, op asyncops.Op, out asyncops.Outcome) Ret

// A ParamKind is what a function takes at one position.
type ParamKind uint8

// The kinds of OpenSIPS's surface notation.
const (
	ParamInt     ParamKind = iota // int: literal or variable
	ParamStr                      // str: literal, format string or variable
	ParamStatic                   // str!: literal without variables
	ParamVar                      // var: a variable, read
	ParamOut                      // var>: a variable, written; also accepted as a string, "$avp(x)"
	ParamOutList                  // a list of written variables as a string: "$avp(a);$avp(b)"
	ParamRegex                    // re: regular expression
	ParamRoute                    // name of a route of a given kind (t_on_failure("x")): literal checked at load, variables at run time
	ParamSubst                    // a string of its own syntax, /re/replacement/flags: only the function knows what is a variable in it
	ParamLevel                    // log level: a number, L_ERR and its like, a variable; or, alone, a ParamText
	ParamText                     // a string in which a $ is just a $
	ParamInList                   // a list of read variables as a string: "$rU;$si"
	ParamOwn                      // a string of its own syntax, which may have what only looks like a variable
)

// ParamInfo is the untyped face of a Param, for the checker, help and errors.
type ParamInfo struct {
	Name, Doc string
	Kind      ParamKind
	Optional  bool
	Route     syntax.RouteKind // of ParamRoute
}

// A Func is a script function as the checker, the compiler and the documentation
// see it. Make one with Func0 ... Func6.
type Func struct {
	Name    string
	Aliases []string // old names, accepted with a note
	Doc     string
	In      Routes
	Params  []ParamInfo
	Waits   bool                   // it may return Waiting
	Needs   func(*Registry) string // why it cannot be used with what is loaded ("" = fine); may be nil
	bind    func(b *binder) call
}

// MayWait marks f as one that may suspend the run.
func (f *Func) MayWait() *Func { f.Waits = true; return f }

// Alias adds an old name of f.
func (f *Func) Alias(names ...string) *Func { f.Aliases = append(f.Aliases, names...); return f }

// Arg is how a variable was written: $name(inner)[index].
type Arg struct {
	Name    []byte // the inner name, evaluated; nil when there is none
	Key     any    // what Var.Bind returned for a constant inner name
	Index   int32
	Has     bool  // an index was written
	All     bool  // [*]
	Append  bool  // [append]
	Insert  bool  // [insert]: before what is named
	After   bool  // [insertAfter]: behind it
	Context uint8 // 0, ContextRequest, ContextReply
}

// The contexts of $(<request>x) and $(<reply>x).
const (
	ContextNone uint8 = iota
	ContextRequest
	ContextReply
)

// Inner says whether a variable takes a name in parentheses.
type Inner uint8

// The ways.
const (
	NoInner Inner = iota
	OptionalInner
	NeedsInner
)

// A Var declares a pseudo-variable.
type Var struct {
	Name    string
	Aliases []string
	Doc     string
	Inner   Inner
	Indexed bool // takes [n] and [*]
	Inserts bool // is written with [insert] and [insertAfter]
	// Bind checks a constant inner name once, at load; may be nil.
	Bind func(inner string) (key any, err error)
	// Place makes the key of where the variable stands in the configuration; may be nil.
	Place func(file string, line int) (key any)
	// Get reads it. A missing thing is Null.
	Get func(c *Ctx, a *Arg) Value
	// Set writes it ("=": the new value, Null clears); nil for a read-only one. It
	// returns false when it refuses the value: the assignment's $rc is -1 then.
	Set func(c *Ctx, a *Arg, v Value) bool
	// Waits says that Get may return Ctx.AwaitValue: the run waits for the value.
	Waits bool
	// Assign, when set, gets ":=" too (replace = true).
	Assign func(c *Ctx, a *Arg, v Value, replace bool) bool

	notes bool // it is read from opNotes, which only runs keep whose script names it
}

// A TransformDef declares one {class.name,...} transformation.
type TransformDef struct {
	Class, Name string
	Doc         string
	Min, Max    int // number of arguments; Max -1: any
	// Fn maps v; strings it makes come from c.Alloc. Null says that it failed.
	Fn func(c *Ctx, v Value, args []Value) Value
	// Waits says that Fn may return Ctx.AwaitValue: the run waits for the value.
	Waits bool

	nests bool                                                       // it evaluates what may wait itself
	bind  func(*compiler, *syntax.Transform) func(*Ctx, Value) Value // instead of Fn: it reads its arguments at load
}

// A Registry is everything a configuration may name: what the core and the
// loaded modules declare. It is complete before a script is checked.
type Registry struct {
	Funcs      map[string]*Func // canonical names and aliases
	Vars       map[string]*Var
	Transforms map[string]*TransformDef // "s.len"
	Modules    map[string]bool          // loaded modules
	// Known maps functions of modules that are not loaded to their module, for hints.
	Known map[string]string

	MsgFlags, BranchFlags FlagNames // of setflag and setbflag

	avps, vars *names  // numbers of $avp and $var names
	initial    []Value // of $var, by number, see InitVar
	slots      int     // how many NewSlot gave out
}

// A Host is what the run-time asks of whoever runs it (the proxy).
type Host interface {
	// BeginAsync is called by an async statement before its first operation: it
	// makes the transaction that keeps the run. End: the message was a
	// retransmission, the run ends silently.
	BeginAsync(c *Ctx) AsyncStart
	// Launch starts x.Op on a run of its own, see Ctx.Expect.
	Launch(c *Ctx, x Launched) Ret
	// LaunchDone runs the report route at once for a function that did not wait, see
	// Ctx.StartReport.
	LaunchDone(c *Ctx, x Launched, rc Ret) Ret
	// Log writes one line of xlog or of the run-time's own (levels -3..4).
	Log(c *Ctx, level int, text []byte)
}

// A Launched is what a launch statement has started: when Op has ended, Finish and then the
// report route (-1: none) run, with Param as $param(1).
type Launched struct {
	Name   string // of the function
	Op     asyncops.Op
	Finish Finish
	Limit  time.Duration // 0: the default one
	Report int32
	Param  Value
}

// A Viewer is a Host that can show a run another message than the one in hand, for
// $(<request>x) and $(<reply>x).
type Viewer interface {
	// View turns to the message of a context; false: there is none. Unview turns back.
	View(c *Ctx, context uint8) bool
	Unview(c *Ctx)
}

// AsyncStart is the answer of Host.BeginAsync.
type AsyncStart uint8

// The answers.
const (
	AsyncGo   AsyncStart = iota // go on: the run may be parked
	AsyncEnd                    // end the run now
	AsyncFail                   // no transaction can be made: resume at once with $rc -1
)
