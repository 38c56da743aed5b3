package siptest

import "testing"

// A name that a scenario shows is missed when it is taken away, one that it only
// mentions is not, and a parameter goes with its line.
func TestMutator(t *testing.T) {
	m, err := NewMutator("testdata/mutate/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     Name
		by       string
		mentions int
	}{
		{Name{Kind: VariableName, Name: "rU"}, "shown.txt", 1},
		{Name{Kind: VariableName, Name: "rd"}, "", 1},
		{Name{Kind: VariableName, Name: "ru"}, "", 0},
		{Name{Kind: VariableName, Name: "var"}, "shown.txt", 1},
		{Name{Kind: TransformName, Name: "s.len"}, "shown.txt", 1},
		{Name{Kind: FunctionName, Name: "isflagset"}, "shown.txt", 1},
		{Name{Kind: FunctionName, Name: "setflag"}, "", 1},
		{Name{Kind: FunctionName, Name: "sl_send_reply", Module: "sl"}, "shown.txt", 1},
		{Name{Kind: ParameterName, Name: "max_while_loops"}, "shown.txt", 1},
		{Name{Kind: ParameterName, Name: "udp_workers"}, "", 1},
		{Name{Kind: ParameterName, Name: "enable_stats", Module: "sl"}, "", 1},
	} {
		if by, n := m.Notices(t, c.name); by != c.by || n != c.mentions {
			t.Errorf("%v: noticed by %q of %d, want %q of %d", c.name, by, n, c.by, c.mentions)
		}
	}
}
