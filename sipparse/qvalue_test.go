package sipparse

import "testing"

// qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )
func TestParseQ(t *testing.T) {
	for s, want := range map[string]int{
		"0": 0, "1": 1000, "0.": 0, "1.": 1000, "0.5": 500, "0.05": 50, "0.123": 123, "1.000": 1000, "0.000": 0, "0.7": 700, ".25": 250,
		"": -1, ".": -1, "2": -1, "1.001": -1, "1.1": -1, "0.1234": -1, "00.1": -1, "0,5": -1, "-0.5": -1, "0.5x": -1, " 0.5": -1, "0..5": -1, "0.5.": -1, "1e0": -1,
	} {
		got, ok := ParseQ([]byte(s))
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("%q: %d, want %d", s, got, want)
		}
	}
}
