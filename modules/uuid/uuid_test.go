package uuid

import (
	"testing"
	"time"

	"github.com/google/uuid"
)

// RFC 9562 §5.1: version 1 is the time in 100 ns since 1582, a clock sequence and a node.
// §6.10: a node that is no Ethernet address has its multicast bit set. Two never are the
// same, even at one moment, or when the clock goes back.
func TestVersion1(t *testing.T) {
	now := time.Unix(1700000000, 123456700)
	k, other := newClock(), newClock()
	seen := map[uuid.UUID]bool{}
	for i := range 100 {
		for _, c := range []*clock{&k, &other} {
			id := c.next(now.Add(-time.Duration(i) * time.Second))
			if seen[id] {
				t.Fatalf("%v was there already", id)
			}
			seen[id] = true
			if id.Version() != 1 || id.Variant() != uuid.RFC4122 || id[10]&1 == 0 {
				t.Fatalf("%v: version %v, variant %v", id, id.Version(), id.Variant())
			}
		}
	}
	first := newClock()
	sec, nsec := uuid.UUID(first.next(now)).Time().UnixTime()
	if got := time.Unix(sec, nsec); !got.Equal(now) {
		t.Errorf("the time is %v, want %v", got, now)
	}
}

// $uuid(version): "Supported versions are 0, 1, 4, and 7. Versions 3 and 5 are not
// supported as they require additional parameters."
func TestVariableVersions(t *testing.T) {
	for inner, ok := range map[string]bool{"": true, "0": true, "1": true, "4": true, "7": true, "2": false, "3": false, "5": false, "x": false, "-1": false} {
		if _, err := bindVersion(inner); (err == nil) != ok {
			t.Errorf("%q: %v", inner, err)
		}
	}
}
