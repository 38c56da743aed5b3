package core

import (
	"testing"
	"time"
)

// Conversions of strftime(3) in the C locale, at a morning in a zone, in a year whose
// first days are of the last week of the year before.
func TestStrftime(t *testing.T) {
	at := time.Date(2027, time.January, 3, 9, 5, 7, 0, time.FixedZone("EET", 2*3600)) // a Sunday
	end := time.Date(2024, time.December, 31, 0, 30, 0, 0, time.UTC)                  // a Tuesday of week 1
	for format, want := range map[string][2]string{
		"%Y-%m-%d":          {"2027-01-03", "2024-12-31"},
		"%H:%M:%S":          {"09:05:07", "00:30:00"},
		"%I %l %k %p %P":    {"09  9  9 AM am", "12 12  0 AM am"},
		"%j %u %w":          {"003 7 0", "366 2 2"},
		"%U %W %V":          {"01 00 53", "52 53 01"},
		"%G %g %C %y":       {"2026 26 20 27", "2025 25 20 24"},
		"%e":                {" 3", "31"},
		"%s":                {"1798959907", "1735605000"},
		"%z %Z":             {"+0200 EET", "+0000 UTC"},
		"%c":                {"Sun Jan  3 09:05:07 2027", "Tue Dec 31 00:30:00 2024"},
		"%x %X %D %F %T %R": {"01/03/27 09:05:07 01/03/27 2027-01-03 09:05:07 09:05", "12/31/24 00:30:00 12/31/24 2024-12-31 00:30:00 00:30"},
		"%r":                {"09:05:07 AM", "12:30:00 AM"},
		"%n%t%%":            {"\n\t%", "\n\t%"},
		"%Ey %Od %Q % %":    {"27 03 %Q % %", "24 31 %Q % %"},
		"":                  {"", ""},
		"text 100%":         {"text 100%", "text 100%"},
	} {
		for i, now := range []time.Time{at, end} {
			if got := string(appendTime(make([]byte, 0, 200), []byte(format), now)); got != want[i] {
				t.Errorf("%q: %q, want %q", format, got, want[i])
			}
		}
	}
}

// A format that would give more than fits ends there.
func TestStrftimeEnds(t *testing.T) {
	b := appendTime(make([]byte, 0, 10), []byte("%c%c%c%c%c"), time.Now())
	if len(b) > 40 {
		t.Errorf("%d bytes", len(b))
	}
}
