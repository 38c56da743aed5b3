package timerec

import (
	"strings"
	"testing"
	"time"
)

// What RFC 2445 §4.3.10 says of the fields, and OpenSIPS's own examples.
func TestMatch(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Bucharest")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		rule, at string
		want     bool
	}{
		// Only passing if still in 2012.
		{"20120101T000000|20121231T235959", "20120101T000000", true},
		{"20120101T000000|20121231T235959", "20111231T235959", false},
		{"20120101T000000|20121231T235959", "20121231T235958", true},
		{"20120101T000000|20121231T235959", "20130101T000000", false},
		// Only passing if less than 30 days have passed from dtstart.
		{"20121101T000000||p30d", "20121130T235959", true},
		{"20121101T000000||p30d", "20121201T000000", false},
		{"20121101T000000", "20300101T000000", true},
		{"", "20300101T000000", true},
		// Each working day from 8 to 18 o'clock.
		{"20260105T080000|20260105T180000||weekly|||MO,TU,WE,TH,FR", "20260107T120000", true},
		{"20260105T080000|20260105T180000||weekly|||MO,TU,WE,TH,FR", "20260107T180000", false},
		{"20260105T080000|20260105T180000||weekly|||MO,TU,WE,TH,FR", "20260107T075959", false},
		{"20260105T080000|20260105T180000||weekly|||MO,TU,WE,TH,FR", "20260110T120000", false},
		// Over midnight: the night from Friday on.
		{"20260102T220000||PT8H|weekly|||FR", "20260110T055959", true},
		{"20260102T220000||PT8H|weekly|||FR", "20260110T060000", false},
		{"20260102T220000||PT8H|weekly|||FR", "20260109T215959", false},
		// interval: every other week, counted from dtstart's.
		{"20260105T000000||P1D|weekly||2|MO", "20260119T100000", true},
		{"20260105T000000||P1D|weekly||2|MO", "20260112T100000", false},
		{"20260101T000000||P1D|daily||3", "20260104T100000", true},
		{"20260101T000000||P1D|daily||3", "20260105T100000", false},
		// Without by... the days are like dtstart's.
		{"20260105T000000||P1D|weekly", "20260112T100000", true},
		{"20260105T000000||P1D|weekly", "20260113T100000", false},
		{"20260131T000000||P1D|monthly", "20260331T100000", true},
		{"20260131T000000||P1D|monthly", "20260330T100000", false},
		{"20260131T000000||P1D|yearly", "20270131T100000", true},
		{"20260131T000000||P1D|yearly", "20270228T100000", false},
		// until
		{"20260101T000000||P1D|daily|20260110T000000", "20260109T120000", true},
		{"20260101T000000||P1D|daily|20260110T000000", "20260110T120000", false},
		// The last Friday of a month, the first day of a year, its last.
		{"20260101T000000||P1D|monthly|||-1FR", "20260130T100000", true},
		{"20260101T000000||P1D|monthly|||-1FR", "20260123T100000", false},
		{"20260101T000000||P1D|monthly|||2TU", "20260113T100000", true},
		{"20260101T000000||P1D|monthly||||-1", "20260228T100000", true},
		{"20260101T000000||P1D|monthly||||-1", "20260227T100000", false},
		{"20260101T000000||P1D|yearly|||||1,-1", "20271231T100000", true},
		{"20260101T000000||P1D|yearly|||||1,-1", "20270102T100000", false},
		{"20260101T000000||P1D|yearly||||||20", "20260511T100000", true},
		{"20260101T000000||P1D|yearly||||||20", "20260518T100000", false},
		{"20260101T000000||P1D|daily|||||||12", "20261224T100000", true},
		{"20260101T000000||P1D|daily|||||||12", "20261124T100000", false},
		// zones
		{"UTC|20260101T120000|20260101T130000", "20260101T143000", true},
		{"20260101T120000Z|20260101T130000Z", "20260101T143000", true},
		{"Europe/Bucharest|20260101T120000|20260101T130000", "20260101T143000", false},
		// combinations
		{"(20260101T000000||P2D) & !(20260102T000000||P1D)", "20260101T100000", true},
		{"(20260101T000000||P2D) & !(20260102T000000||P1D)", "20260102T100000", false},
		{"20260101T000000||P1D / 20260103T000000||P1D", "20260103T100000", true},
		{"20260101T000000||P1D / 20260103T000000||P1D", "20260102T100000", false},
	} {
		at, err := moment(lower(c.at), zone)
		if err != nil {
			t.Fatal(err)
		}
		e, err := ParseExpr(c.rule, zone, time.LoadLocation)
		if err != nil {
			t.Errorf("%s: %v", c.rule, err)
		} else if got := e.Match(at); got != c.want {
			t.Errorf("%s at %s: %v", c.rule, c.at, got)
		}
	}
}

func lower(s string) string {
	b := []byte(s)
	for i := range b {
		if b[i] == 'T' {
			b[i] = 't'
		}
	}
	return string(b)
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{
		"2026", "20260101T000000|20250101T000000", "20260101||30d", "20260101||P", "20260101||PT", "20260101||P1", "20260101||P0D", "20260101||P100000W", "20260101||P30W" + strings.Repeat("36000D", 4),
		"20260101||P1D|hourly", "20260101||P1D|daily|x", "20260101||P1D|daily||0", "20260101||P1D|weekly|||XX", "20260101||P1D|weekly|||9",
		"20260101||P1D|monthly||||32", "20260101||P1D|monthly||||x", "20260101||P900D|daily", "Nowhere/City|20260101", "1|2|3|4|5|6|7|8|9|10|11|12",
		"(20260101", "20260101)",
	} {
		if _, err := ParseExpr(text, time.UTC, time.LoadLocation); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

// FuzzParseExpr: whatever is written, parsing and matching end.
func FuzzParseExpr(f *testing.F) {
	f.Add("(UTC|20260101T000000||P2D|weekly|20270101|2|MO,-1FR|1,-1|1|20|12) & !20260102T000000||P1D", int64(1_800_000_000))
	f.Fuzz(func(t *testing.T, text string, at int64) {
		if e, err := ParseExpr(text, time.UTC, time.LoadLocation); err == nil {
			e.Match(time.Unix(at%(1<<36), 0))
		}
	})
}
