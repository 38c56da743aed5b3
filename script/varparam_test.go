package script

import (
	"strings"
	"testing"
)

// A parameter that names a variable is read before anybody knows which there are.
func TestVariableOfAParameter(t *testing.T) {
	r := NewRegistry()
	for text, want := range map[string]string{
		"$avp(x)": "avp", "$var(user)": "var", "$nope": "nope", "$(avp(x){s.len})": "avp",
		"": "not one variable", "x": "not one variable", "$avp(x)y": "not one variable", "$avp(x)$avp(y)": "not one variable", "$avp(": "not one variable",
	} {
		name, err := VarText(text)
		if err != nil {
			name = err.Error()
		}
		if !strings.Contains(name, want) || (err == nil) != (name == want) {
			t.Errorf("%q: %q, want %q", text, name, want)
		}
	}
	for text, want := range map[string]string{"$avp(x)": "", "$nope": "unknown variable $nope", "$avp": "needs a name", "$(var(x){s.nope})": "unknown transformation", "x": "not one variable"} {
		v, err := r.Variable(text)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) || v.Valid() != (want == "") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
