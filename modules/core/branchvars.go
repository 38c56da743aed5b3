package core

import (
	"errors"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// A branchField is one property of a destination.
type branchField struct {
	name, doc string
	get       func(c *script.Ctx, t *proxy.Target) script.Value
	set       func(c *script.Ctx, t *proxy.Target, v script.Value) bool
}

func branchFields(flags *script.FlagNames) []branchField {
	return []branchField{
		{"uri", "R-URI", getBranchURI, setBranchURI},
		{"duri", "destination URI",
			func(_ *script.Ctx, t *proxy.Target) script.Value { return text(t.Dst()) },
			func(_ *script.Ctx, t *proxy.Target, v script.Value) bool { return setOrClear(v, isURI, t.SetDst) }},
		{"path", "Path of the contact, which becomes Route headers",
			func(_ *script.Ctx, t *proxy.Target) script.Value { return text(t.Path()) },
			setBranchPath},
		{"q", "preference, 0 to 1000, -1 for none; also written as \"0.5\"",
			func(_ *script.Ctx, t *proxy.Target) script.Value { return script.IntValue(int32(t.Q())) }, setBranchQ},
		{"flags", "names of the branch flags that are set, with commas",
			func(c *script.Ctx, t *proxy.Target) script.Value {
				return script.StrValue(flags.AppendList(c.Alloc(256)[:0], t.Flags()))
			},
			func(_ *script.Ctx, t *proxy.Target, v script.Value) bool { return setBranchFlags(flags, t, v) }},
		{"socket", "forced socket, proto:ip:port", getBranchSocket, setBranchSocket},
	}
}

// branchVars are $msg.branch and its parts, which count the R-URI as 0, and the old
// $branch(part), which counts only what was added.
func branchVars(flags *script.FlagNames) []*script.Var {
	fields := branchFields(flags)
	v := []*script.Var{
		{Name: "msg.branch", Doc: "written: adds a destination; read: R-URI of the last one", Get: getLastBranch, Set: addBranch},
		{Name: "branch", Doc: "likewise; $(branch(uri)[n]) and its like are parts of the added destinations, counted from 0",
			Inner: script.OptionalInner, Indexed: true, Bind: bindField(fields), Get: getBranch, Set: setBranch},
		{Name: "msg.branch.last_idx", Doc: "number of the last destination, 0 is the R-URI",
			Get: func(c *script.Ctx, _ *script.Arg) script.Value {
				return script.IntValue(int32(proxy.From(c).BranchCount()))
			}},
		branchFlagVar(flags, "msg.branch.flag", "a branch flag of a destination, 0 or 1; without an index: of the last one", branchAt),
		branchFlagVar(flags, "branch.flag", "likewise; without an index: of the R-URI", branchOr0),
		{Name: "msg.branch.attr", Doc: "an attribute of a destination, a string or an integer", Inner: script.NeedsInner, Indexed: true,
			Get: getBranchAttr, Set: setBranchAttr},
	}
	for i := range fields {
		f := &fields[i]
		v = append(v, &script.Var{Name: "msg.branch." + f.name, Doc: f.doc + " of a destination: of the last one, or [n] with 0 for the R-URI", Indexed: true,
			Get: func(c *script.Ctx, a *script.Arg) script.Value { return getField(c, a, f) },
			Set: func(c *script.Ctx, a *script.Arg, v script.Value) bool { return setField(c, a, f, v) }})
	}
	q := &fields[3]
	return append(v, &script.Var{Name: "ru_q", Doc: "preference of the R-URI, 0 to 1000, -1 for none; also written as \"0.5\"",
		Get: func(c *script.Ctx, _ *script.Arg) script.Value {
			if t := proxy.From(c).Branch(0); t != nil {
				return q.get(c, t)
			}
			return script.Null
		},
		Set: func(c *script.Ctx, _ *script.Arg, v script.Value) bool {
			t := proxy.From(c).Branch(0)
			return t != nil && q.set(c, t, v)
		}})
}

// branchAt finds the destination that an index names: none is the last one, a negative
// one counts from behind.
func branchAt(c *script.Ctx, a *script.Arg) *proxy.Target {
	x := proxy.From(c)
	i, n := int(a.Index), x.BranchCount()
	switch {
	case a.All || a.Append:
		return nil
	case !a.Has:
		i = n
	case i < 0:
		i += n + 1
	}
	return x.Branch(i)
}

// branchOr0 is branchAt where no index means the R-URI.
func branchOr0(c *script.Ctx, a *script.Arg) *proxy.Target {
	if a.Has {
		return branchAt(c, a)
	}
	return proxy.From(c).Branch(0)
}

// getField reads a field; [*] joins those of all destinations.
func getField(c *script.Ctx, a *script.Arg, f *branchField) script.Value {
	if a.All {
		return joinFields(c, f, 0)
	}
	if t := branchAt(c, a); t != nil {
		return f.get(c, t)
	}
	return script.Null
}

func joinFields(c *script.Ctx, f *branchField, first int) script.Value {
	x := proxy.From(c)
	if x.Branch(first) == nil {
		return script.Null
	}
	b := c.Alloc(1024)[:0]
	for i := first; i <= x.BranchCount(); i++ {
		if i > first {
			b = append(b, ", "...)
		}
		b = c.AppendValue(b, f.get(c, x.Branch(i)))
	}
	return script.StrValue(b)
}

func setField(c *script.Ctx, a *script.Arg, f *branchField, v script.Value) bool {
	t := branchAt(c, a)
	return t != nil && f.set(c, t, v)
}

func bindField(fields []branchField) func(string) (any, error) {
	return func(name string) (any, error) {
		if name == "" {
			return nil, nil
		}
		for i := range fields {
			if fields[i].name == name {
				return &fields[i], nil
			}
		}
		return nil, errors.New("it is uri, duri, path, q, flags or socket")
	}
}

func getLastBranch(c *script.Ctx, _ *script.Arg) script.Value {
	if t := branchAt(c, &noIndex); t != nil {
		return getBranchURI(c, t)
	}
	return script.Null
}

var noIndex script.Arg

func addBranch(c *script.Ctx, _ *script.Arg, v script.Value) bool {
	return v.Kind == script.StrKind && isURI(v.Str) && proxy.From(c).AddBranch(v.Str, false) != nil
}

// getBranch is $branch, or the old $(branch(part)[n]).
func getBranch(c *script.Ctx, a *script.Arg) script.Value {
	f, ok := a.Key.(*branchField)
	switch {
	case !ok:
		return getLastBranch(c, a)
	case a.All:
		return joinFields(c, f, 1)
	}
	if t := oldBranchAt(c, a); t != nil {
		return f.get(c, t)
	}
	return script.Null
}

func oldBranchAt(c *script.Ctx, a *script.Arg) *proxy.Target {
	x := proxy.From(c)
	i := int(a.Index) + 1
	if a.Index < 0 {
		i = x.BranchCount() + 1 + int(a.Index)
	}
	if i < 1 {
		return nil
	}
	return x.Branch(i)
}

func setBranch(c *script.Ctx, a *script.Arg, v script.Value) bool {
	f, ok := a.Key.(*branchField)
	if !ok {
		return addBranch(c, a, v)
	}
	t := oldBranchAt(c, a)
	return t != nil && f.set(c, t, v)
}

func getBranchURI(c *script.Ctx, t *proxy.Target) script.Value {
	return text(t.URI(proxy.From(c).Req.Msg.RequestURI()))
}

func setBranchURI(_ *script.Ctx, t *proxy.Target, v script.Value) bool {
	if v.Kind != script.StrKind || !isURI(v.Str) {
		return false
	}
	t.SetURI(v.Str)
	return true
}

// setOrClear sets a text that is good, or clears it for NULL.
func setOrClear(v script.Value, good func([]byte) bool, set func([]byte)) bool {
	switch {
	case v.Kind == script.NullKind:
		set(nil)
	case v.Kind == script.StrKind && good(v.Str):
		set(v.Str)
	default:
		return false
	}
	return true
}

func setBranchPath(_ *script.Ctx, t *proxy.Target, v script.Value) bool {
	return v.Kind != script.IntKind && t.SetPath(v.Str)
}

func setBranchQ(_ *script.Ctx, t *proxy.Target, v script.Value) bool {
	q := int32(proxy.NoQ)
	switch v.Kind {
	case script.IntKind:
		q = v.Int
	case script.StrKind:
		n, ok := sipparse.ParseQ(v.Str)
		if q = int32(n); !ok {
			return false
		}
	}
	if q < proxy.NoQ || q > 1000 {
		return false
	}
	t.SetQ(int16(q))
	return true
}

func getBranchSocket(c *script.Ctx, t *proxy.Target) script.Value {
	ls := t.Socket()
	if ls == nil {
		return script.Null
	}
	return script.StrValue(ls.AppendName(c.Alloc(maxIPText + 16)[:0]))
}

func setBranchSocket(c *script.Ctx, t *proxy.Target, v script.Value) bool {
	if v.Kind == script.NullKind {
		t.SetSocket(nil)
		return true
	}
	if v.Kind != script.StrKind {
		return false
	}
	ls := proxy.From(c).Proxy().ListenerNamed(v.Str)
	if ls != nil {
		t.SetSocket(ls)
	}
	return ls != nil
}

func getBranchAttr(c *script.Ctx, a *script.Arg) script.Value {
	t := branchAt(c, a)
	if t == nil {
		return script.Null
	}
	v := t.Attrs.Get(a.Name)
	v.Str = c.Copy(v.Str)
	return v
}

func setBranchAttr(c *script.Ctx, a *script.Arg, v script.Value) bool {
	t := branchAt(c, a)
	return t != nil && t.Attrs.Set(a.Name, v)
}
