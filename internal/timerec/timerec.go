// Package timerec matches moments against time recurrences, as scripts write them:
//
//	[zone|]dtstart|dtend|duration|freq|until|interval|byday|bymonthday|byyearday|byweekno|bymonth
//
// The fields mean what RFC 2445 §4.3.10 says of the parts of the same name; those at
// the end may be left out. Recurrences are combined by & (and), / (or), ! (not) and
// parentheses. Parsing and matching do not allocate per occurrence and are bounded by
// the length of a recurrence, whatever the moment.
package timerec

import (
	"fmt"
	"strings"
	"time"
)

// A Rule is one recurrence.
type Rule struct {
	start, until time.Time     // until is zero if it goes on for ever
	lasts        time.Duration // of one occurrence; 0: for ever, or the whole day when it recurs
	freq         freq
	interval     int
	byDay        []weekday
	byMonthDay   []int
	byYearDay    []int
	byWeekNo     []int
	byMonth      []int
}

// A freq is how often a Rule recurs.
type freq uint8

const (
	once freq = iota
	daily
	weekly
	monthly
	yearly
)

var freqs = map[string]freq{"": once, "daily": daily, "weekly": weekly, "monthly": monthly, "yearly": yearly}

// A weekday may be the nth of its month or year; n < 0 counts from the end.
type weekday struct {
	day time.Weekday
	n   int
}

// longest bounds an occurrence that recurs, and so what Match looks at.
const longest = 366 * 24 * time.Hour

// Match reports whether t lies in an occurrence.
func (r *Rule) Match(t time.Time) bool {
	t = t.In(r.start.Location())
	switch {
	case t.Before(r.start), !r.until.IsZero() && t.After(r.until):
		return false
	case r.freq == once:
		return r.lasts == 0 || t.Before(r.start.Add(r.lasts))
	}
	lasts := r.lasts
	if lasts == 0 {
		lasts = 24 * time.Hour
	}
	for back := 0; ; back++ {
		begin := r.beginOn(t.AddDate(0, 0, -back))
		if begin.Add(lasts).Before(t) && back > 0 || begin.Before(r.start) {
			return false
		}
		if !t.Before(begin) && t.Before(begin.Add(lasts)) && r.recursOn(begin) {
			return true
		}
	}
}

// beginOn is when an occurrence of that day would begin.
func (r *Rule) beginOn(day time.Time) time.Time {
	h, m, s := r.start.Clock()
	return time.Date(day.Year(), day.Month(), day.Day(), h, m, s, 0, day.Location())
}

// recursOn reports whether an occurrence begins on that day.
func (r *Rule) recursOn(d time.Time) bool {
	return r.inInterval(d) && r.inMonth(d) && r.inWeek(d) && r.onYearDay(d) && r.onMonthDay(d) && r.onDay(d) && (r.narrowed() || r.likeStart(d))
}

// narrowed reports whether a by... field says on which days it recurs.
func (r *Rule) narrowed() bool {
	return len(r.byDay)+len(r.byMonthDay)+len(r.byYearDay)+len(r.byWeekNo)+len(r.byMonth) > 0 || r.freq == daily
}

// likeStart: "if the BYxxx rule parts are not specified, they are taken from dtstart".
func (r *Rule) likeStart(d time.Time) bool {
	switch r.freq {
	case weekly:
		return d.Weekday() == r.start.Weekday()
	case monthly:
		return d.Day() == r.start.Day()
	}
	return d.Day() == r.start.Day() && d.Month() == r.start.Month()
}

// inInterval reports whether the day's week, month or year is one of every interval.
func (r *Rule) inInterval(d time.Time) bool {
	n := 0
	switch r.freq {
	case daily:
		n = dayNumber(d) - dayNumber(r.start)
	case weekly:
		n = (monday(d) - monday(r.start)) / 7
	case monthly:
		n = (d.Year()-r.start.Year())*12 + int(d.Month()) - int(r.start.Month())
	case yearly:
		n = d.Year() - r.start.Year()
	}
	return n%r.interval == 0
}

// dayNumber counts days, whatever summer time does to their length.
func dayNumber(d time.Time) int {
	return int(time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func monday(d time.Time) int { return dayNumber(d) - (int(d.Weekday())+6)%7 }

func (r *Rule) inMonth(d time.Time) bool { return listed(r.byMonth, int(d.Month()), 12) }

func (r *Rule) inWeek(d time.Time) bool {
	_, week := d.ISOWeek()
	_, weeks := time.Date(d.Year(), 12, 28, 0, 0, 0, 0, time.UTC).ISOWeek()
	return listed(r.byWeekNo, week, weeks)
}

func (r *Rule) onYearDay(d time.Time) bool { return listed(r.byYearDay, d.YearDay(), daysOfYear(d)) }

func (r *Rule) onMonthDay(d time.Time) bool { return listed(r.byMonthDay, d.Day(), daysOfMonth(d)) }

func daysOfMonth(d time.Time) int {
	return time.Date(d.Year(), d.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

func daysOfYear(d time.Time) int { return time.Date(d.Year(), 12, 31, 0, 0, 0, 0, time.UTC).YearDay() }

// listed reports whether n, or its number from the end, is in list; an empty one has
// everything.
func listed(list []int, n, of int) bool {
	for _, x := range list {
		if x == n || x == n-of-1 {
			return true
		}
	}
	return len(list) == 0
}

func (r *Rule) onDay(d time.Time) bool {
	for _, w := range r.byDay {
		if w.day == d.Weekday() && r.isNth(w.n, d) {
			return true
		}
	}
	return len(r.byDay) == 0
}

// isNth: "each BYDAY value can also be preceded by an integer, the nth occurrence of
// the day within the month or year".
func (r *Rule) isNth(n int, d time.Time) bool {
	at, of := d.Day(), daysOfMonth(d)
	if r.freq == yearly && len(r.byMonth) == 0 {
		at, of = d.YearDay(), daysOfYear(d)
	}
	switch {
	case n == 0 || r.freq == daily || r.freq == weekly:
		return true
	case n > 0:
		return (at-1)/7+1 == n
	}
	return (of-at)/7+1 == -n
}

// Zones finds a time zone by name. [time.LoadLocation] is one, which reads files.
type Zones func(name string) (*time.Location, error)

// Parse reads one recurrence. A moment without a zone is one of zone.
func Parse(text string, zone *time.Location, zones Zones) (*Rule, error) {
	f := strings.Split(text, "|")
	if first := strings.TrimSpace(f[0]); first != "" && (first[0] < '0' || first[0] > '9') {
		z, err := zones(first)
		if err != nil {
			return nil, fmt.Errorf("time zone %q: %w", first, err)
		}
		zone, f = z, f[1:]
	}
	if len(f) > 11 {
		return nil, fmt.Errorf("%d fields, at most 11", len(f))
	}
	for len(f) < 11 {
		f = append(f, "")
	}
	for i := range f {
		f[i] = strings.ToLower(strings.TrimSpace(f[i]))
	}
	return parseFields(f, zone)
}
