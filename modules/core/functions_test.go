package core

import "testing"

// qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] ) ; RFC 3261 §25.1
func TestParseQ(t *testing.T) {
	for text, want := range map[string]int16{
		"0": 0, "1": 1000, "0.": 0, "1.": 1000, "0.5": 500, "0.25": 250, "0.123": 123, "1.0": 1000, "1.000": 1000, "0.001": 1,
		"": -1, "2": -1, "1.1": -1, "1.001": -1, "0.1234": -1, ".5": -1, "0,5": -1, "0.x": -1, "-0": -1,
	} {
		got, ok := parseQ([]byte(text))
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
