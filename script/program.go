package script

import (
	"fmt"
	"strings"

	"github.com/fastsips/fastsips/script/syntax"
)

// A Program is a compiled script. It is immutable, so all loops share one.
type Program struct {
	routes        []route
	reg           *Registry // for {s.eval}
	index         [syntax.NRouteKinds]map[string]int32
	initial       []Value // of $var, by number
	async         bool
	notes         bool // $async.* is named
	maxWhile      int32
	maxSteps      int
	memory        int   // max_script_memory
	onError       int32 // the error_route; -1
	abortOnAssert bool
	xlogLevel     int // xlog_level: what is more detailed is not written
	xlogPrint     int // xlog_print_level: of an xlog that names none
	xlogBuf       int // bytes an xlog may have
	printBuf      int // bytes any other format string may make
}

type route struct {
	kind     syntax.RouteKind
	name     string
	interval int
	full     string // "route[x]"
	code     []instr
	notes    []*note // of each instruction, for traces
	regs     int32   // counters of nested loops
}

// A RouteInfo tells what Routes lists.
type RouteInfo struct {
	ID       int32
	Kind     syntax.RouteKind
	Name     string
	Interval int // seconds, of a timer_route
}

// Route returns the number of a route, -1 if there is none. The main ones have
// the name "".
func (p *Program) Route(k syntax.RouteKind, name string) int32 {
	if id, ok := p.index[k][name]; ok {
		return id
	}
	return -1
}

// routeOf is Route for a computed name.
func (p *Program) routeOf(k syntax.RouteKind, name []byte) int32 {
	if id, ok := p.index[k][string(name)]; ok {
		return id
	}
	return -1
}

// RouteName returns the name of a route.
func (p *Program) RouteName(id int32) string { return p.routes[id].name }

// UsesAsync reports that there is an async statement.
func (p *Program) UsesAsync() bool { return p.async }

// Routes lists all routes in the order of the script.
func (p *Program) Routes() []RouteInfo {
	list := make([]RouteInfo, len(p.routes))
	for i := range p.routes {
		r := &p.routes[i]
		list[i] = RouteInfo{int32(i), r.kind, r.name, r.interval}
	}
	return list
}

// Dump lists the instructions of a route, one line each.
func (p *Program) Dump(id int32) string {
	var b strings.Builder
	for pc := range p.routes[id].code {
		in := &p.routes[id].code[pc]
		fmt.Fprintf(&b, "%d %s", pc, opNames[in.op])
		if in.x != nil && in.x.name != "" {
			fmt.Fprintf(&b, " %s", in.x.name)
		}
		p.dumpOperands(&b, in)
		b.WriteByte('\n')
	}
	return b.String()
}

func (p *Program) dumpOperands(b *strings.Builder, in *instr) {
	switch in.op {
	case opTest:
		fmt.Fprintf(b, " ? %d : %d ! %d", in.t, in.f, in.e)
	case opCall, opRoute, opAsync:
		fmt.Fprintf(b, " ? %d : %d", in.t, in.f)
	case opJump:
		fmt.Fprintf(b, " %d", in.t)
	case opSet:
		fmt.Fprintf(b, " rc=%d value=%d -> %d", in.n, in.m, in.t)
	case opWhile, opForEach:
		fmt.Fprintf(b, " #%d else %d", in.n, in.f)
	case opLoop:
		fmt.Fprintf(b, " #%d", in.n)
	case opResume:
		fmt.Fprintf(b, " %s", p.routes[in.n].full)
	case opSwitch:
		for _, s := range in.x.sw.cases {
			if s.isStr {
				fmt.Fprintf(b, " %q:%d", s.str, s.to)
			} else {
				fmt.Fprintf(b, " %d:%d", s.num, s.to)
			}
		}
		fmt.Fprintf(b, " else %d", in.t)
	}
}

// fullName is what $route shows.
func fullName(k syntax.RouteKind, name string) string {
	if name == "" {
		return kindNames[k]
	}
	return kindNames[k] + "[" + name + "]"
}

var kindNames = [syntax.NRouteKinds]string{
	"route", "failure_route", "onreply_route", "branch_route", "error_route",
	"local_route", "startup_route", "timer_route", "event_route",
}
