package timerec

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// parseFields reads the eleven fields of a recurrence.
func parseFields(f []string, zone *time.Location) (*Rule, error) {
	r := &Rule{interval: 1}
	var err error
	if r.start, err = moment(f[0], zone); err != nil {
		return nil, fmt.Errorf("dtstart: %w", err)
	}
	if r.start.IsZero() {
		r.start = time.Date(1970, 1, 1, 0, 0, 0, 0, zone)
	}
	if err := r.length(f[1], f[2], zone); err != nil {
		return nil, err
	}
	var ok bool
	if r.freq, ok = freqs[f[3]]; !ok {
		return nil, fmt.Errorf("freq: %q is not daily, weekly, monthly or yearly", f[3])
	}
	if r.freq == once {
		return r, nil // "None of the fields following freq is used unless freq is defined"
	}
	if r.lasts > longest {
		return nil, errors.New("an occurrence that recurs may not last over a year")
	}
	if r.until, err = moment(f[4], zone); err != nil {
		return nil, fmt.Errorf("until: %w", err)
	}
	if f[5] != "" {
		if r.interval, err = strconv.Atoi(f[5]); err != nil || r.interval < 1 {
			return nil, fmt.Errorf("interval: %q", f[5])
		}
	}
	return r, r.by(f[6:])
}

// length sets how long an occurrence lasts, by its end or its duration.
func (r *Rule) length(end, duration string, zone *time.Location) error {
	t, err := moment(end, zone)
	if err != nil {
		return fmt.Errorf("dtend: %w", err)
	}
	if !t.IsZero() {
		if r.lasts = t.Sub(r.start); r.lasts <= 0 {
			return errors.New("dtend is not after dtstart")
		}
	}
	if duration == "" {
		return nil
	}
	if r.lasts, err = length(duration); err != nil {
		return fmt.Errorf("duration: %w", err)
	}
	return nil
}

// by reads the fields that narrow the days.
func (r *Rule) by(f []string) (err error) {
	if r.byDay, err = days(f[0]); err != nil {
		return fmt.Errorf("byday: %w", err)
	}
	for i, x := range []struct {
		name string
		list *[]int
		most int
	}{{"bymonthday", &r.byMonthDay, 31}, {"byyearday", &r.byYearDay, 366}, {"byweekno", &r.byWeekNo, 53}, {"bymonth", &r.byMonth, 12}} {
		if *x.list, err = numbers(f[i+1], x.most); err != nil {
			return fmt.Errorf("%s: %w", x.name, err)
		}
	}
	return nil
}

// moment reads 20260131T083000, with a Z at the end one of UTC, or just a day.
func moment(s string, zone *time.Location) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	layout := "20060102t150405"
	if strings.HasSuffix(s, "z") {
		s, zone = s[:len(s)-1], time.UTC
	}
	if len(s) == 8 {
		layout = layout[:8]
	}
	t, err := time.ParseInLocation(layout, s, zone)
	if err != nil {
		return t, fmt.Errorf("%q is no moment such as 20260131T083000", s)
	}
	return t, nil
}

// longestLength is a hundred years: sums of two still fit a time.Duration.
const longestLength = 100 * 366 * 24 * time.Hour

// length reads a duration of RFC 2445 §4.3.6: P2W, P1DT12H, PT90M.
func length(s string) (time.Duration, error) {
	bad := fmt.Errorf("%q is no duration such as P1DT2H or PT30M", s)
	rest, ok := strings.CutPrefix(s, "p")
	if !ok || rest == "" {
		return 0, bad
	}
	units := map[byte]time.Duration{'w': 7 * 24 * time.Hour, 'd': 24 * time.Hour}
	var sum time.Duration
	for rest != "" {
		if rest[0] == 't' {
			units = map[byte]time.Duration{'h': time.Hour, 'm': time.Minute, 's': time.Second}
			if rest = rest[1:]; rest == "" {
				return 0, bad
			}
		}
		i := strings.IndexFunc(rest, func(c rune) bool { return c < '0' || c > '9' })
		if i < 1 || units[rest[i]] == 0 {
			return 0, bad
		}
		n, err := strconv.Atoi(rest[:i])
		if err != nil || n > int(longestLength/units[rest[i]]) {
			return 0, bad
		}
		if sum += time.Duration(n) * units[rest[i]]; sum > longestLength {
			return 0, bad
		}
		rest = rest[i+1:]
	}
	if sum <= 0 {
		return 0, bad
	}
	return sum, nil
}

var dayNames = map[string]time.Weekday{"su": 0, "mo": 1, "tu": 2, "we": 3, "th": 4, "fr": 5, "sa": 6}

// days reads MO,-1FR.
func days(s string) (list []weekday, err error) {
	for item := range strings.SplitSeq(s, ",") {
		if s == "" {
			break
		}
		item = strings.TrimSpace(item)
		if len(item) < 2 {
			return nil, fmt.Errorf("%q is no day", item)
		}
		w := weekday{}
		day, ok := dayNames[item[len(item)-2:]]
		if w.day = day; !ok {
			return nil, fmt.Errorf("%q is no day", item)
		}
		if n := item[:len(item)-2]; n != "" {
			if w.n, err = strconv.Atoi(n); err != nil || w.n == 0 || w.n < -53 || w.n > 53 {
				return nil, fmt.Errorf("%q is no day", item)
			}
		}
		list = append(list, w)
	}
	return list, nil
}

// numbers reads 1,15,-1.
func numbers(s string, most int) (list []int, err error) {
	for item := range strings.SplitSeq(s, ",") {
		if s == "" {
			break
		}
		n, err := strconv.Atoi(strings.TrimSpace(item))
		if err != nil || n == 0 || n > most || n < -most {
			return nil, fmt.Errorf("%q is not a number from 1 to %d", item, most)
		}
		list = append(list, n)
	}
	return list, nil
}
