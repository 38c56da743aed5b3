package syntax

import "strconv"

// A Source is one file of a configuration, with the text that was scanned.
type Source struct {
	Name string // as the operator wrote it
	Text []byte

	seq   int     // order of opening, for sorting messages
	lines []int32 // offsets of the lines' first bytes

	from   []place         // of a filter's output: where its lines come from
	views  map[int]*Source // by line
	isView bool
	shown  []byte // of a view: its line
}

// A Pos is a place in a Source. Line and Col count from 1; Col counts bytes.
type Pos struct {
	Src       *Source
	Line, Col int32
}

// A Span is a Pos and the number of bytes that an underline covers (at least 1).
type Span struct {
	Pos
	Len int32
}

// A Config is a whole configuration after includes, in source order.
type Config struct {
	Globals []*Global
	Loads   []*LoadModule
	Params  []*ModParam
	Routes  []*Route
	Sources []*Source
	// Partial reports that some text could not be read (a missing include, a
	// comment without end): names may be defined there, so looking for unknown
	// ones would only repeat that error.
	Partial bool
}

// A Global is one global parameter: name = value. The parts of a socket= line
// are in Socket.
type Global struct {
	Span
	Name   string
	Value  Expr // NumLit, StrLit (bare words and yes/no included, see StrLit.Bare)
	Socket *Socket
}

// A Socket is the value of socket= (or the old listen=):
// proto:host[:port] [as host[:port]] [use_workers n] [anycast] [tag name] ...
type Socket struct {
	Span
	Proto, Host string // Host "*" or an address or a name; Proto "" when not written
	Port        int    // 0: default of the protocol
	AsHost      string
	AsPort      int
	Options     map[string]string
	Members     []string // of a bond, whose Proto is "bond" and whose name is Host
}

// A LoadModule is loadmodule "x.so" (Path as written) with Name = "x".
type LoadModule struct {
	Span
	Path, Name string
}

// A ModParam is modparam("m1|m2", "name", value).
type ModParam struct {
	Span
	Modules, Name         string
	ModulesSpan, NameSpan Span
	Value                 Expr // NumLit or StrLit
}

// A RouteKind is the type of a top route.
type RouteKind uint8

// The route kinds of OpenSIPS.
const (
	RequestRoute RouteKind = iota // route { } and route[name] { }
	FailureRoute
	OnReplyRoute
	BranchRoute
	ErrorRoute
	LocalRoute
	StartupRoute
	TimerRoute
	EventRoute
	NRouteKinds
)

// A Route is one route block. Name is "" for the main one.
type Route struct {
	Span     // of the keyword
	Kind     RouteKind
	Name     string
	NameSpan Span
	Interval int // timer_route[name, seconds]
	Body     *Block
	End      Span // of the closing brace
}

// A Stmt is a statement.
type Stmt interface{ At() Span }

// An Expr is an expression.
type Expr interface{ At() Span }

// At returns the span itself; every node embeds one.
func (s Span) At() Span { return s }

// Statements.
type (
	// Block is { ... }.
	Block struct {
		Span
		Stmts []Stmt
	}
	// If is if (Cond) Then [else Else].
	If struct {
		Span
		Cond       Expr
		Then, Else Stmt // Else may be nil
	}
	// While is while (Cond) Body.
	While struct {
		Span
		Cond Expr
		Body Stmt
	}
	// ForEach is for (Iter in Coll) Body.
	ForEach struct {
		Span
		Iter, Coll *Var
		Body       Stmt
	}
	// Switch is switch (Operand) { case ...: ... }.
	Switch struct {
		Span
		Operand *Var
		Cases   []*Case
	}
	// Break leaves the innermost switch, while or for.
	Break struct{ Span }
	// Return is return; return N; return(code, a, b).
	Return struct {
		Span
		Values []Expr
	}
	// Exit is exit; or exit();
	Exit struct{ Span }
	// Drop is drop; or drop();
	Drop struct{ Span }
	// Assert is assert(Cond, "text").
	Assert struct {
		Span
		Cond Expr
		Text *StrLit // may be nil
	}
	// Assign is Var Op Value, Op one of = := += -= *= /= %= &= |= ^=.
	Assign struct {
		Span
		Var   *Var
		Op    string
		Value Expr
	}
	// ExprStmt is a Call or RouteCall as a statement.
	ExprStmt struct {
		Span
		X Expr
	}
	// Async is async(f(), resume[, timeout]);
	// async(resume[, timeout]) { f(); g(); } and
	// async_all { f(); g(); } (resume[, timeout]);
	Async struct {
		Span
		Calls   []*Call
		Block   bool // the calls are in braces
		All     bool // async_all: they run side by side
		Resume  *RouteRef
		Timeout Expr // nil, NumLit (seconds) or StrLit ("250ms")
	}
	// Launch is launch(f()[, report[, "param"[, timeout]]]).
	Launch struct {
		Span
		Call    *Call
		Report  *RouteRef // may be nil
		Param   Expr      // may be nil
		Timeout Expr      // as of Async
	}
)

// A Case is one case or the default (Label nil) of a Switch.
type Case struct {
	Span
	Label Expr // NumLit or StrLit; nil for default
	Body  []Stmt
}

// A RouteRef names a route[...] block by a constant.
type RouteRef struct {
	Span
	Name string
}

// Expressions.
type (
	// NumLit is an integer literal.
	NumLit struct {
		Span
		Value int32
	}
	// StrLit is a string literal after escapes, adjacent ones joined; Parts is its
	// text as a format string. Bare marks an unquoted word (global parameters).
	StrLit struct {
		Span
		Value string
		Parts []Part
		Bare  bool
		// Static reports that no Part has a variable.
		Static bool
		// Broken marks a literal without closing quote, reported already.
		Broken bool
		// Faults say what is wrong with the text as a format string; they matter
		// only where it is used as one, so the parser does not report them.
		Faults []Diag
	}
	// Null is NULL.
	Null struct{ Span }
	// IPLit is an unquoted address or network such as 10.0.0.0/8.
	IPLit struct {
		Span
		Text string
	}
	// Var is $name, $name(inner), $(name(inner)[index]{transformation}...).
	Var struct {
		Span
		Name       string // "var", "avp", "ru", "hdr", ...; scripts' own spelling
		Context    string // "request", "reply" of $(<request>x); else ""
		Inner      []Part // nil when there is no (inner)
		HasInner   bool
		InnerSpan  Span
		Index      *Index // nil when there is none
		Transforms []*Transform
	}
	// Call is a function call. A nil Arg is an omitted one: f(,,"x").
	Call struct {
		Span     // of the name
		Name     string
		Args     []Expr
		ArgsEnd  Span // of the closing parenthesis
		HasParen bool
	}
	// RouteCall is route(name, params...). Name is StrLit (maybe with variables) or Var.
	RouteCall struct {
		Span
		Name Expr
		Args []Expr
	}
	// Unary is !x or ~x.
	Unary struct {
		Span
		Op string // "!" "~"
		X  Expr
	}
	// Binary is X Op Y; Op one of && || == != < <= > >= =~ !~ + - * / % & | ^ << >>.
	Binary struct {
		Span // of the operator
		Op   string
		X, Y Expr
	}
	// Bracket is [ expr ] in a condition.
	Bracket struct {
		Span
		X Expr
	}
)

// An Index is [n], [*], [append], [insert], [insertAfter] or [$var].
type Index struct {
	Span
	N           int32
	All         bool
	Append      bool
	Insert      bool
	InsertAfter bool
	Var         *Var
}

// Word returns the index as it is written if it is a word, else "".
func (x *Index) Word() string {
	switch {
	case x.Append:
		return "append"
	case x.Insert:
		return "insert"
	case x.InsertAfter:
		return "insertAfter"
	}
	return ""
}

// A Part of a format string is text or a variable.
type Part struct {
	Text string // when Var is nil
	Var  *Var
}

// A Transform is {class.name,arg,...}; each argument is a format string.
type Transform struct {
	Span
	Class, Name string
	Args        [][]Part
	ArgSpans    []Span
}

// Written returns the address as the operator would write it: udp:127.0.0.1:5060.
func (s *Socket) Written() string {
	b := s.Host
	if s.Proto != "" {
		b = s.Proto + ":" + b
	}
	if s.Port != 0 {
		b += ":" + strconv.Itoa(s.Port)
	}
	return b
}
