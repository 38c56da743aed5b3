package load

import (
	"fmt"
	"slices"
)

// A Flow is what is done again and again. Each one of them is a "call" to Config and
// Result, also where it is no more than a request and its final response.
type Flow uint8

// The flows, by the names that the benchmarks have for them.
const (
	Calls    Flow = iota // S3: INVITE, 100, 180, 200, ACK, BYE, 200 to a callee, along the recorded route
	Options              // S1: OPTIONS to the proxy itself, which answers it
	Forward              // S2: OPTIONS to a callee, who answers it
	Register             // S4: REGISTER of one AoR after the other; S5: with credentials, if it is challenged
)

var flows = []string{"calls", "options", "forward", "register"}

func (f Flow) String() string {
	if int(f) < len(flows) {
		return flows[f]
	}
	return fmt.Sprintf("Flow(%d)", f)
}

// MarshalText makes a Flow its name in JSON.
func (f Flow) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText is the opposite, and serves flag.TextVar.
func (f *Flow) UnmarshalText(name []byte) error {
	i := slices.Index(flows, string(name))
	if i < 0 {
		return fmt.Errorf("load: flow %q: want one of %q", name, flows)
	}
	*f = Flow(i)
	return nil
}
