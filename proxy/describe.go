package proxy

import (
	"fmt"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/script"
)

var (
	_ asyncops.Describer = (*Context)(nil)
	_ asyncops.Describer = (*launch)(nil)
	_ asyncops.Describer = (*branchResolve)(nil)
)

// Describe says what a parked run is: of which message, and where it stands.
func (x *Context) Describe(d *asyncops.Description) {
	d.How = "call"
	if x.run.PendingAsync() {
		d.How = "async"
	}
	x.describeMessage(d)
	if w, ok := x.run.Place(); ok {
		describePlace(d, w)
	}
}

// describeMessage names the message; what no message asked for has none.
func (x *Context) describeMessage(d *asyncops.Description) {
	if x.Req != nil && x.job == nil && x.why != forReport || x.Rpl != nil {
		m := x.Msg()
		d.CallID, d.Method = string(m.CallID()), string(m.MethodName())
	}
}

func describePlace(d *asyncops.Description, w script.Where) {
	d.Route, d.Call = w.Route, w.Text
	if w.File != "" {
		d.Place = fmt.Sprintf("%s:%d", w.File, w.Line)
	}
}

// Describe says which route will hear of a launched operation.
func (lr *launch) Describe(d *asyncops.Description) {
	d.How = "launch"
	if route, ok := lr.x.run.ReportRoute(); ok {
		d.Route = "route[" + route + "]"
	}
}

// Describe says whose branch looks for its next hop.
func (r *branchResolve) Describe(d *asyncops.Description) {
	d.How = "branch"
	if q := r.b.tx.Req; q != nil {
		d.CallID, d.Method = string(q.Msg.CallID()), string(q.Msg.MethodName())
	}
}
