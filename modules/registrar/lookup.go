package registrar

import (
	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/usrloc"
)

// Values of lookup().
const (
	found     script.Ret = 1
	woken     script.Ret = 2 // only push notifications were asked for
	notFound  script.Ret = -1
	noMethod  script.Ret = -2 // no contact takes the method
	lookupBad script.Ret = -3
)

func (m *Module) lookupFunction() *script.Func {
	return script.Func3("lookup", "Make the contacts of the user that the R-URI names the destinations: the first one the R-URI, with its path, q, socket and flags, the others branches. "+
		"1: done; 2: only push notifications were asked for; -1: there are none; -2: none takes the method; -3: failed.", script.R|script.F|script.O,
		m.tables.Param("domain"), lookupFlagsParam(), script.Opt(script.Str("aor", "URI of the user instead of the R-URI")), m.lookup).MayWait()
}

// A search is a lookup() in hand.
type search struct {
	m     *Module
	c     *script.Ctx
	x     *proxy.Context
	flags *lookupFlags
	table *usrloc.Table
	now   int64

	device  device
	gruu    bool // only one device is meant
	ruriSet bool // the R-URI is taken, or to be left alone
	pushed  int  // contacts that became destinations
	awoken  int  // contacts that are being woken up
	matched bool // a contact takes the method
	live    bool // there is a contact
	next    int  // branch whose URI is the next AoR, with the flag branch
	last    int  // the last such branch
	flows   [maxFlows][]byte
	nFlows  int
}

func (m *Module) lookup(c *script.Ctx, t *usrloc.Table, flags *lookupFlags, aor []byte) script.Ret {
	if flags == nil {
		flags = noLookupFlags
	}
	x := proxy.From(c)
	if t.Domain == nil || x.Req == nil || x.Target == nil {
		return lookupBad
	}
	s := search{m: m, c: c, x: x, flags: flags, table: t, now: x.Loop().Wall().Unix(), ruriSet: flags.branchesOnly || x.Rpl != nil}
	if flags.branchAoRs {
		s.last = x.BranchCount()
	}
	if aor == nil {
		if x.Rpl != nil {
			return lookupBad
		}
		aor = x.Target.URI(x.Req.Msg.RequestURI())
	}
	return s.one(aor)
}

// one looks for the contacts of a URI.
func (s *search) one(uri []byte) script.Ret {
	var u sipparse.URI
	if sipparse.ParseURI(uri, &u) != sipparse.OK {
		return s.failed()
	}
	aor, ok := s.read(uri, &u)
	if !ok {
		return s.failed()
	}
	if aor == nil {
		return s.then()
	}
	rec, op := s.m.store.Find(s.x.Loop(), s.table.Domain, aor)
	if op != nil {
		return s.c.Await(&looking{FindOp: op, s: *s}, looked)
	}
	return s.take(rec)
}

// read finds out whom uri means; nil: nobody, it is a GRUU that leads nowhere.
func (s *search) read(uri []byte, u *sipparse.URI) (aor []byte, ok bool) {
	if s.device, s.gruu = s.m.deviceOf(s.c, uri, u); s.gruu && s.device.aor != nil {
		return s.device.aor, true
	}
	aor, f := s.m.aor.ofParsed(s.c, uri, u)
	return aor, f == fine
}

// failed is the value for a URI that is none.
func (s *search) failed() script.Ret {
	s.c.LogError("registrar: lookup: there is no address of record in the URI")
	return lookupBad
}

// A looking is a search that the run waits for.
type looking struct {
	usrloc.FindOp
	s search
}

func looked(c *script.Ctx, op asyncops.Op, out asyncops.Outcome) script.Ret {
	w := op.(*looking)
	rec, ok := w.Result(w.s.x.Loop(), out)
	if !ok {
		c.LogError("registrar: lookup: the contacts cannot be got: %v", out)
		return lookupBad
	}
	return w.s.take(rec)
}

// take makes destinations of the contacts.
func (s *search) take(rec usrloc.Record) script.Ret {
	if s.flags.byLatency {
		s.byLatency(rec)
	} else {
		s.inOrder(rec)
	}
	return s.then()
}

// then goes on with the next branch, where branches are AoRs too: its contacts take its
// place.
func (s *search) then() script.Ret {
	for s.next < s.last && !(s.flags.noBranches && s.pushed > 0) {
		s.next++
		t := s.x.Branch(1) // those that were expanded are gone, new ones come at the end
		if t == nil {
			break
		}
		uri := s.c.Copy(t.URI(nil))
		s.x.RemoveBranch(1)
		var u sipparse.URI
		if sipparse.ParseURI(uri, &u) == sipparse.OK {
			return s.one(uri)
		}
	}
	return s.value()
}

func (s *search) value() script.Ret {
	s.holdOpen()
	switch {
	case s.pushed > 0:
		return found
	case s.awoken > 0:
		return woken
	case s.live && !s.matched:
		return noMethod
	}
	return notFound
}
