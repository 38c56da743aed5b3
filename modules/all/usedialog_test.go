package all

import (
	"strings"
	"testing"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script/syntax"
)

// use_dialog of script_helper: as long as there is no module dialog only 0 can be meant; 1
// is refused where it stands.
func TestUseDialog(t *testing.T) {
	const head = "loadmodule \"sl.so\"\nloadmodule \"tm.so\"\nloadmodule \"rr.so\"\nloadmodule \"script_helper.so\"\n"
	for value, errors := range map[string]int{"0": 0, "1": 1} {
		var d syntax.Diags
		text := head + "modparam(\"script_helper\", \"use_dialog\", " + value + ")\nroute { exit; }\n"
		Load(syntax.Parse("t.cfg", []byte(text), nil, &d), &proxy.Core{Settings: proxy.DefaultSettings()}, &d)
		if d.Errors() != errors {
			t.Errorf("%s: %+v", value, d.List)
		}
		if errors > 0 && (d.List[0].Line != 5 || !strings.Contains(d.List[0].Msg+d.List[0].Hint, "there is no module dialog yet")) {
			t.Errorf("%s: %+v", value, d.List[0])
		}
	}
}
