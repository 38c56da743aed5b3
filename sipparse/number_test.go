package sipparse

import (
	"math"
	"testing"
)

// "The value of this field is an integral number of seconds (in decimal) between 0
// and (2**32)-1, measured from the receipt of the request"; RFC 3261 §20.19
func TestNumber(t *testing.T) {
	for _, c := range []struct {
		lines string
		n     uint32
		there bool
		err   Error
	}{
		{"", 0, false, OK},
		{"Expires: 0", 0, true, OK},
		{"Expires: 3600 ", 3600, true, OK},
		{"Expires:\n  4294967295", math.MaxUint32, true, OK},
		{"Expires: 0000000000000007", 7, true, OK},
		{"Expires: 60;x=y", 60, true, OK}, // Min-SE = delta-seconds *(SEMI generic-param); RFC 4028 §5
		{"Expires: 4294967296", 0, true, ErrValue},
		{"Expires: 18446744073709551617", 0, true, ErrValue},
		{"Expires:", 0, true, ErrValue},
		{"Expires: -1", 0, true, ErrValue},
		{"Expires: 60 s", 0, true, ErrValue},
		{"Expires: 60,60", 0, true, ErrValue},
		{"Expires: 60;", 0, true, ErrValue},
		{"Expires: Thu, 01 Dec 1994 16:00:00 GMT", 0, true, ErrValue}, // of RFC 2543
		{"Expires: 60\nExpires: 60", 0, true, ErrValue},
	} {
		m := parse(t, request(c.lines+"\n"))
		if n, there, err := m.Expires(); n != c.n || there != c.there || err != c.err {
			t.Errorf("%q: %d %v %v", c.lines, n, there, err)
		}
	}
	m := parse(t, request("RSeq: 988789\nMin-SE: 90\n"))
	if n, _, err := m.Number(HdrRSeq, math.MaxUint32); n != 988789 || err != OK {
		t.Errorf("RSeq %d, %v", n, err)
	}
	if n, _, err := m.Number(HdrMinSE, 89); n != 0 || err != ErrValue {
		t.Errorf("Min-SE %d, %v", n, err)
	}
}

// RFC 4475 §3.1.2.4: Expires and the expires of Contact are above 2**32-1.
func TestScalar02(t *testing.T) {
	var m Msg
	m.Parse(readFile(t, "testdata/rfc4475/scalar02.dat"))
	if _, there, err := m.Expires(); !there || err != ErrValue {
		t.Errorf("Expires: %v %v", there, err)
	}
	var x Contact
	it := m.Contacts()
	if !it.Next(&x) || !x.HasExpires || x.Expires != 3600 { // "treat them as if they contained the default values"
		t.Errorf("Contact: %+v, %v", x, it.Err())
	}
}
