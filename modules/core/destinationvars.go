package core

import (
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// destinationVars are where the request in hand goes: $du and its parts, and the list
// of all destinations.
func destinationVars() []*script.Var {
	return []*script.Var{
		{Name: "du", Doc: "destination URI", Get: func(c *script.Ctx, _ *script.Arg) script.Value { return text(dstURI(c)) }, Set: setDU},
		{Name: "dd", Doc: "domain of the destination URI", Get: uriPart(destination, host), Set: setDDomain},
		{Name: "dp", Doc: "port of the destination URI, where none is written that of its transport", Get: uriPort(destination), Set: setDPort},
		{Name: "dP", Doc: "transport of the destination URI", Get: uriProto(destination)},
		{Name: "ds", Doc: "the destinations as a Contact header: the R-URI if it was changed, and those that were added", Get: getDestinations},
	}
}

// getDestinations is "Contact: <uri>;q=0.5, <uri>"; NULL if there is nothing to list.
func getDestinations(c *script.Ctx, _ *script.Arg) script.Value {
	x := proxy.From(c)
	if !x.CanFork() || x.Rpl != nil {
		return script.Null
	}
	first := 1
	if x.Target.Changed() {
		first = 0
	}
	received := x.Req.Msg.RequestURI()
	size := len(contactName)
	for i := first; i <= x.BranchCount(); i++ {
		size += len(x.Branch(i).URI(received)) + len(", <>;q=0.000")
	}
	b := append(c.Alloc(size)[:0], contactName...)
	for i := first; i <= x.BranchCount(); i++ {
		b = appendDestination(b, x.Branch(i), received)
	}
	if len(b) == len(contactName) {
		return script.Null
	}
	return script.StrValue(b)
}

const contactName = "Contact: "

func appendDestination(b []byte, t *proxy.Target, received []byte) []byte {
	if len(b) > len(contactName) {
		b = append(b, ", "...)
	}
	b = append(append(append(b, '<'), t.URI(received)...), '>')
	if t.Q() != proxy.NoQ {
		b = appendQ(append(b, ";q="...), int(t.Q()))
	}
	return b
}

// appendQ writes thousandths as RFC 3261's qvalue: 1, 0.5, 0.25.
func appendQ(b []byte, q int) []byte {
	if q >= 1000 {
		return append(b, '1')
	}
	b = append(b, '0')
	if q == 0 {
		return b
	}
	b = append(b, '.', byte('0'+q/100), byte('0'+q/10%10), byte('0'+q%10))
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	return b
}

var destination = uriOf{get: dstURI}

func dstURI(c *script.Ctx) []byte {
	if x := proxy.From(c); x.Target != nil && x.Rpl == nil {
		return x.Target.Dst()
	}
	return nil
}

func setDU(c *script.Ctx, _ *script.Arg, v script.Value) bool {
	t := target(c)
	if t == nil {
		return false
	}
	return setOrClear(v, isURI, t.SetDst)
}

// setDDomain changes the host of a destination URI; without one there is nothing to
// change.
func setDDomain(c *script.Ctx, _ *script.Arg, v script.Value) bool {
	b, u, ok := destination.parseSIP(c)
	name, isText := c.Text(v)
	if !ok || !isText || len(name) == 0 {
		return false
	}
	return setParsedDU(c, splice(c, b, u.Host.Off, u.Host.End, name))
}

// setDPort changes its port; NULL and 0 remove it.
func setDPort(c *script.Ctx, _ *script.Arg, v script.Value) bool {
	b, u, ok := destination.parseSIP(c)
	text, isPort := portText(c, v)
	return ok && isPort && setParsedDU(c, splice(c, b, u.Host.End, portEnd(&u), text))
}

func setParsedDU(c *script.Ctx, uri []byte) bool {
	var u sipparse.URI
	if sipparse.ParseURI(uri, &u) != sipparse.OK {
		return false
	}
	proxy.From(c).Target.SetDst(uri)
	return true
}

// target is where the request in hand goes; nil for a reply, which goes back.
func target(c *script.Ctx) *proxy.Target {
	x := proxy.From(c)
	if x.Rpl != nil {
		return nil
	}
	return x.Target
}
