package sipparse

import "testing"

// "Unlike HTTP/1.1, SIP only supports the most recent RFC 1123 format for dates ...
// SIP restricts the time zone in SIP-date to "GMT""; RFC 3261 §20.17
func TestParseDate(t *testing.T) {
	for s, want := range map[string]int64{
		"Sat, 13 Nov 2010 23:29:00 GMT":           1289690940,
		"Thu, 01 Jan 1970 00:00:00 GMT":           0,
		"Wed, 31 Dec 1969 23:59:59 GMT":           -1,
		"Thu, 29 Feb 2024 12:00:00 GMT":           1709208000,
		"thu,\r\n 1  jan\t1970 00:00:01 gmt":      1,
		"Mon, 01 Jan 1970 00:00:00 GMT":           0, // a Thursday, if one insists
		"Fri, 01 Jan 2010 16:00:00 EST":           noDate,
		"Fri, 01 Jan 2010 16:00:00":               noDate,
		"Fri, 01 Jan 2010 16:00:00 GMT+1":         noDate,
		"Friday, 01-Jan-10 16:00:00 GMT":          noDate, // RFC 850
		"Fri Jan  1 16:00:00 2010":                noDate, // asctime
		"Thu, 29 Feb 2023 12:00:00 GMT":           noDate,
		"Sat, 00 Jan 2010 00:00:00 GMT":           noDate,
		"Sat, 32 Jan 2010 00:00:00 GMT":           noDate,
		"Sat, 001 Jan 2010 00:00:00 GMT":          noDate,
		"Sat, 01 Foo 2010 00:00:00 GMT":           noDate,
		"Sat, 01 Jan 2010 24:00:00 GMT":           noDate,
		"Sat, 01 Jan 2010 00:60:00 GMT":           noDate,
		"Sat, 01 Jan 2010 00:00:60 GMT":           noDate,
		"Sat, 01 Jan 2010 0:00:00 GMT":            noDate,
		"Sat, 01 Jan 10 00:00:00 GMT":             noDate,
		"Sat, 01Jan2010 00:00:00 GMT":             noDate,
		"Xxx, 01 Jan 2010 00:00:00 GMT":           noDate,
		"Sat, 01 Jan 99999999999999 00:00:00 GMT": noDate,
		"": noDate,
		"Sat, 13 Nov 2010 23:29:00 GMT, something": noDate,
	} {
		got, err := ParseDate([]byte(s))
		if err != OK {
			got = noDate
		}
		if got != want || err != OK && err != ErrValue {
			t.Errorf("%q: %d %v, want %d", s, got, err, want)
		}
	}
}

const noDate = 1 << 62

func TestAppendDate(t *testing.T) {
	for unix, want := range map[int64]string{
		0:            "Thu, 01 Jan 1970 00:00:00 GMT",
		1289690940:   "Sat, 13 Nov 2010 23:29:00 GMT",
		-62167219200: "Sat, 01 Jan 0000 00:00:00 GMT",
		253402300799: "Fri, 31 Dec 9999 23:59:59 GMT",
	} {
		got := AppendDate(nil, unix)
		wantText(t, "date", got, want)
		if back, err := ParseDate(got); back != unix || err != OK {
			t.Errorf("%s: %d %v", got, back, err)
		}
	}
}

// RFC 4475 §3.1.2.12
func TestBaddate(t *testing.T) {
	m := parse(t, readFile(t, "testdata/rfc4475/baddate.dat"))
	if _, there, err := m.Date(); !there || err != ErrValue {
		t.Error(there, err)
	}
	if unix, there, err := parse(t, request("Date: Thu, 01 Jan 1970 00:01:00 GMT\n")).Date(); unix != 60 || !there || err != OK {
		t.Error(unix, there, err)
	}
	if _, there, err := parse(t, request("")).Date(); there || err != OK {
		t.Error(there, err)
	}
}
