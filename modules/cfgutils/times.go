package cfgutils

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/fastsips/fastsips/internal/timerec"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

func (m *Module) times() []*script.Func {
	return []*script.Func{
		script.Func3("get_accurate_time", "The time as seconds and microseconds of Unix time.", script.All,
			script.Out("sec", "seconds"), script.Out("usec", "microseconds"), script.Opt(script.Out("text", "both as sec.usec")), accurateTime),
		script.Func6("ts_usec_delta", "The difference of two moments, in microseconds, never negative. -1: it does not fit a number, and text alone is written.", script.All,
			script.Int("sec1", "seconds of one"), script.Int("usec1", "microseconds of one"), script.Int("sec2", "seconds of the other"), script.Int("usec2", "microseconds of the other"),
			script.Opt(script.Out("text", "the difference as a string")), script.Opt(script.Out("number", "the difference as a number")), delta),
		script.Func2("check_time_rec", "Whether the time lies in a recurrence: dtstart|dtend|duration|freq|until|interval|byday|bymonthday|byyearday|byweekno|bymonth, a time zone before it if need be; several with & / ! and parentheses.",
			script.All, script.Parsed("recurrence", "fields as in RFC 2445", m.zones.load, m.recurrence), script.OptInt("time", "Unix time instead of now", 0),
			func(c *script.Ctx, r *timerec.Expr, at int32) script.Ret {
				t := now(c)
				if at != 0 {
					t = time.Unix(int64(at), 0)
				}
				return truth(r.Match(t))
			}),
	}
}

func now(c *script.Ctx) time.Time { return proxy.From(c).Loop().Wall() }

func accurateTime(c *script.Ctx, sec, usec, text script.VarRef) script.Ret {
	t := now(c)
	s, us := t.Unix(), t.Nanosecond()/1000
	ok := sec.Set(c, script.IntValue(int32(s))) && usec.Set(c, script.IntValue(int32(us)))
	if ok && text.Valid() {
		ok = text.Set(c, script.StrValue(fmt.Appendf(nil, "%d.%06d", s, us)))
	}
	return truth(ok)
}

func delta(c *script.Ctx, s1, us1, s2, us2 int32, text, number script.VarRef) script.Ret {
	d := (int64(s1)-int64(s2))*1_000_000 + int64(us1) - int64(us2)
	if d < 0 {
		d = -d
	}
	ok := true
	if text.Valid() {
		ok = text.Set(c, script.StrValue(fmt.Appendf(nil, "%d", d)))
	}
	if number.Valid() {
		fits := int64(int32(d)) == d
		ok = ok && fits && number.Set(c, script.IntValue(int32(d)))
	}
	return truth(ok)
}

// zones are the time zones that the script's constants name: a zone is read from a
// file, which no loop may do.
type zones struct{ known sync.Map }

func (z *zones) load(text string) (*timerec.Expr, error) {
	return timerec.ParseExpr(text, time.Local, func(name string) (*time.Location, error) {
		zone, err := time.LoadLocation(name)
		if err == nil {
			z.known.Store(name, zone)
		}
		return zone, err
	})
}

var errZone = errors.New("a recurrence in a variable may name only zones that a constant one names")

func (z *zones) find(name string) (*time.Location, error) {
	if name == "UTC" || name == "utc" {
		return time.UTC, nil
	}
	zone, ok := z.known.Load(name)
	if !ok {
		return nil, errZone
	}
	return zone.(*time.Location), nil
}

// recurrences are those that variables had, of one loop.
type recurrences struct{ known map[string]*timerec.Expr }

// Limits of them: how many are kept, and how long one may be, since each of the rules in it
// may have to look at every day of a year.
const (
	recurrencesKept = 256
	recurrenceLimit = 1 << 10
)

// recurrence reads the value of a variable.
func (m *Module) recurrence(c *script.Ctx, text []byte) (*timerec.Expr, bool) {
	r := m.recs.On(proxy.From(c).Loop())
	if e, ok := r.known[string(text)]; ok {
		return e, e != nil
	}
	if len(text) > recurrenceLimit {
		c.LogError("cfgutils: check_time_rec: a recurrence of %d bytes is too long", len(text))
		return nil, false
	}
	e, err := timerec.ParseExpr(string(text), time.Local, m.zones.find)
	if err != nil {
		c.LogError("cfgutils: check_time_rec(%q): %v", text, err)
		e = nil
	}
	if r.known == nil || len(r.known) >= recurrencesKept {
		r.known = map[string]*timerec.Expr{}
	}
	r.known[string(text)] = e
	return e, e != nil
}

// timeVar is $ctime(name).
func timeVar() *script.Var {
	return &script.Var{
		Name: "ctime", Doc: "a part of the local time: sec min hour mday mon (1-12) year wday (1 Sunday - 7) yday (1-366) isdst", Inner: script.NeedsInner,
		Bind: func(name string) (any, error) {
			if part, ok := timeParts[name]; ok {
				return part, nil
			}
			return nil, errors.New("the parts are sec min hour mday mon year wday yday isdst")
		},
		Get: func(c *script.Ctx, a *script.Arg) script.Value {
			part, ok := a.Key.(timePart)
			if !ok {
				if part, ok = timeParts[string(a.Name)]; !ok {
					return script.Null
				}
			}
			return script.IntValue(int32(part(now(c).Local())))
		},
	}
}

type timePart func(time.Time) int

var timeParts = map[string]timePart{
	"sec": time.Time.Second, "min": time.Time.Minute, "hour": time.Time.Hour, "mday": time.Time.Day, "year": time.Time.Year, "yday": time.Time.YearDay,
	"mon":  func(t time.Time) int { return int(t.Month()) },
	"wday": func(t time.Time) int { return int(t.Weekday()) + 1 },
	"isdst": func(t time.Time) int {
		if t.IsDST() {
			return 1
		}
		return 0
	},
}
