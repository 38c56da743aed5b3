package acc

import (
	"github.com/fastsips/fastsips/event"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script"
)

// The events, by the kinds of records.
const (
	eventAnswered = "E_ACC_EVENT"
	eventMissed   = "E_ACC_MISSED_EVENT"
	eventCDR      = "E_ACC_CDR"
)

var coreParams = []event.Param{
	{Name: "method", Doc: "of the request"}, {Name: "from_tag", Doc: "tag of From"}, {Name: "to_tag", Doc: "tag of To"},
	{Name: "callid", Doc: "Call-ID"}, {Name: "sip_code", Doc: "status of the final reply"}, {Name: "sip_reason", Doc: "its reason phrase"},
	{Name: "time", Doc: "Unix time of the reply"},
}

func declarations() []*event.Decl {
	with := func(more ...event.Param) []event.Param {
		return append(append([]event.Param(nil), coreParams...), more...)
	}
	setup := event.Param{Name: "setuptime", Doc: "seconds until it was answered; with cdr"}
	created := event.Param{Name: "created", Doc: "Unix time at which it began; with cdr"}
	return []*event.Decl{
		{Name: eventAnswered, Doc: "A transaction was answered. The extra_fields and leg_fields of evi follow; one event for each leg.", Params: with()},
		{Name: eventMissed, Doc: "A call was missed. The fields come before setuptime.", Params: with(setup, created)},
		{Name: eventCDR, Doc: "A call has ended. The fields come before duration.", Params: with(
			event.Param{Name: "duration", Doc: "of the call, in seconds"}, event.Param{Name: "ms_duration", Doc: "of the call, in milliseconds"}, setup, created)},
	}
}

// eventNames are the names of the values of each event.
type eventNames struct{ answered, missed, ended []string }

func (m *Module) eventNames() (n eventNames) {
	list := (&event.Decl{Params: coreParams}).Names()
	list = append(append(list, namesOf(m.extra.evi)...), namesOf(m.leg.evi)...)
	with := func(more ...string) []string { return append(append([]string(nil), list...), more...) }
	return eventNames{with(), with("setuptime", "created"), with("duration", "ms_duration", "setuptime", "created")}
}

// raise raises the event of a record: one, or with leg_fields of evi one for each leg.
func (m *Module) raise(l *loop.Loop, r *record) {
	name, names := eventAnswered, m.events.answered
	switch {
	case r.kind == endedRecord:
		name, names = eventCDR, m.events.ended
	case r.kind == missedRecord, r.kind == requestRecord && r.status >= 300:
		name, names = eventMissed, m.events.missed
	}
	if !m.core.Events.Wanted(name) {
		return
	}
	n := 1
	if r.a != nil && len(m.leg.evi) > 0 {
		n = r.a.nlegs
	}
	for leg := range n {
		m.core.Events.Raise(l, &event.Raised{Name: name, Names: names, Values: m.eventValues(r, leg, name)})
	}
}

func (m *Module) eventValues(r *record, leg int, name string) (v []script.Value) {
	for _, b := range [...][]byte{r.method, r.fromTag, r.toTag, r.callID, r.codeText(), r.reason} {
		v = append(v, script.StrValue(b))
	}
	v = append(v, script.IntValue(int32(r.at)))
	for _, f := range m.extra.evi {
		v = append(v, eventValue(r.a, func() []byte { return r.a.extra[f.tag].text }))
	}
	for _, f := range m.leg.evi {
		v = append(v, eventValue(r.a, func() []byte { return r.a.legs[leg][f.tag].text }))
	}
	setup, created := int64(0), int64(0)
	if r.cdr {
		setup, created = r.setup, r.created
	}
	switch name {
	case eventCDR:
		v = append(v, script.IntValue(int32(r.duration)), script.IntValue(int32(r.milliseconds)), script.IntValue(int32(setup)), script.IntValue(int32(created)))
	case eventMissed:
		v = append(v, script.IntValue(int32(setup)), script.IntValue(int32(created)))
	}
	return v
}

func eventValue(a *account, text func() []byte) script.Value {
	if a == nil {
		return script.Null
	}
	return script.StrValue(text())
}
